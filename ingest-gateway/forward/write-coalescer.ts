/**
 * Coalesces remote write requests. Writes that arrive while all request slots are busy share the next request. Prometheus
 * stores nothing of a request with one bad sample, so a shared request that it refuses is sent again write by write: a write
 * is never refused for another's sample.
 */
import { readBlockLength } from '../../common/remote-write/block-length.ts';
import { joinBlocks } from '../../common/remote-write/join-blocks.ts';
import { classifyResponse, type RemoteWriteClient, type RemoteWriteResponse } from './remote-write-client.ts';

export interface WriteCoalescer {
  /**
   * Sends a request compressed by snappy's block format. Without `coalesce` the request holds nothing else. Any status is a
   * response; rejects when there is none.
   */
  send(body: Uint8Array, options: { readonly coalesce: boolean }): Promise<RemoteWriteResponse>;
}

/** Writes in one request. */
export const maxCoalesced = 32;
/** Uncompressed size of a shared request, some 10,000 samples. Receivers with tenants refuse much larger ones. */
const maxSharedBytes = 2 ** 20;

interface Write {
  readonly body: Uint8Array;
  readonly uncompressedBytes: number;
  readonly resolve: (response: RemoteWriteResponse) => void;
  readonly reject: (error: unknown) => void;
}

export function createWriteCoalescer(
  client: Pick<RemoteWriteClient, 'send'>,
  { maxRequests }: { readonly maxRequests: number },
): WriteCoalescer {
  const alone: Write[] = [];
  const shareable: Write[] = [];
  let requests = 0;
  let isScheduled = false;

  /** Waits for writes of the same turn of the event loop. */
  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      fillSlots();
    });
  }

  function fillSlots(): void {
    while (requests < maxRequests) {
      const next = alone.shift();
      const group = next === undefined ? takeGroup(shareable) : [next];
      if (group.length === 0) return;
      requests += 1;
      void sendGroup(group).finally(() => {
        requests -= 1;
        fillSlots();
      });
    }
  }

  async function sendGroup(group: readonly Write[]): Promise<void> {
    const [first, ...others] = group.map(({ body }) => body);
    if (first === undefined) return;
    try {
      const response = await client.send(others.length === 0 ? first : joinBlocks([first, ...others]));
      if (others.length > 0 && isAboutOneWrite(response)) alone.push(...group);
      else for (const { resolve } of group) resolve(response);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  return {
    send: (body, { coalesce }) =>
      new Promise((resolve, reject) => {
        const { length: uncompressedBytes } = readBlockLength(body);
        (coalesce ? shareable : alone).push({ body, uncompressedBytes, resolve, reject });
        schedule();
      }),
  };
}

/** Removes the first write, and as many of the following as fit into one request. */
function takeGroup(writes: Write[]): Write[] {
  let [count, sum] = [0, 0];
  for (const { uncompressedBytes } of writes.slice(0, maxCoalesced)) {
    sum += uncompressedBytes;
    if (count > 0 && sum > maxSharedBytes) break;
    count += 1;
  }
  return writes.splice(0, count);
}

/** The response can differ for each write of the request. Other failures, such as 503, would be the same for each. */
function isAboutOneWrite(response: RemoteWriteResponse): boolean {
  const { kind } = classifyResponse(response, 0);
  return kind === 'refused' || (kind === 'retry' && response.status === 500);
}

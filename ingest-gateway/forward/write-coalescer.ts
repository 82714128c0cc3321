/**
 * Takes what many hosts send at one time to Prometheus in few requests: whoever comes while all requests are under way
 * goes together with the next. Prometheus stores nothing of a request with one bad sample, so a joined request that it
 * refuses is sent again in its parts: nobody is refused for a sample of somebody else.
 */

import { joinBlocks, readBlockLength } from '../../common/remote-write/snappy.ts';
import type { RemoteWriteAnswer, RemoteWriteClient } from './remote-write-client.ts';
import { classifyAnswer } from './write-outcome.ts';

export interface JoinedWrites {
  /** As a `RemoteWriteClient` does. What is `alone` shares a request with nobody. */
  send(body: Uint8Array, company: Company): Promise<RemoteWriteAnswer>;
}

export type Company = 'alone' | 'joined';

/** Requests in one. */
export const maxJoined = 32;
/** Of a joined request, uncompressed: some 10,000 samples. Receivers with tenants refuse much larger ones. */
const maxJoinedBytes = 2 ** 20;

interface Waiting {
  readonly body: Uint8Array;
  /** Uncompressed. */
  readonly bytes: number;
  readonly resolve: (answer: RemoteWriteAnswer) => void;
  readonly reject: (error: unknown) => void;
}

export function createJoinedWrites(
  client: Pick<RemoteWriteClient, 'send'>,
  { maxRequests }: { readonly maxRequests: number },
): JoinedWrites {
  const alone: Waiting[] = [];
  const joinable: Waiting[] = [];
  let [underWay, isPlanned] = [0, false];

  /** After those that come in the same turn of the event loop. */
  function plan(): void {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(() => {
      isPlanned = false;
      pump();
    });
  }

  function pump(): void {
    while (underWay < maxRequests) {
      const next = alone.shift();
      const group = next === undefined ? takeGroup(joinable) : [next];
      if (group.length === 0) return;
      underWay += 1;
      void sendGroup(group).finally(() => {
        underWay -= 1;
        pump();
      });
    }
  }

  async function sendGroup(group: readonly Waiting[]): Promise<void> {
    const [first, ...others] = group.map(({ body }) => body);
    if (first === undefined) return;
    try {
      const answer = await client.send(others.length === 0 ? first : joinBlocks([first, ...others]));
      if (others.length > 0 && isOfItsParts(answer)) alone.push(...group);
      else for (const { resolve } of group) resolve(answer);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  return {
    send: (body, company) =>
      new Promise((resolve, reject) => {
        const { length: bytes } = readBlockLength(body);
        (company === 'alone' ? alone : joinable).push({ body, bytes, resolve, reject });
        plan();
      }),
  };
}

/** Takes the first away, and as many of those behind it as fit into one request. */
function takeGroup(waiting: Waiting[]): Waiting[] {
  let [count, sum] = [0, 0];
  for (const { bytes } of waiting.slice(0, maxJoined)) {
    sum += bytes;
    if (count > 0 && sum > maxJoinedBytes) break;
    count += 1;
  }
  return waiting.splice(0, count);
}

/** The answer is about what was sent, and may be another for a part of it; otherwise nobody could store anything now. */
function isOfItsParts(answer: RemoteWriteAnswer): boolean {
  const { kind } = classifyAnswer(answer, 0);
  return kind === 'refused' || (kind === 'retry' && answer.status === 500);
}

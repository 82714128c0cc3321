/**
 * Sends remote write 1.0 requests over kept-alive connections and classifies the responses. Uses Node's own HTTP client,
 * whose cost per request is the lowest.
 *
 * The coalescer lets writes share a request that arrive while all request slots are busy. Prometheus stores nothing of a request
 * with one bad sample, so a shared request that it refuses is sent again write by write: a write is never refused for another's
 * sample.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { parseRetryAfter } from '../../common/program/retry.ts';
import { type HttpHeaders, revealHeaders } from '../../common/program/settings/http-headers.ts';
import type { BasicAuth } from '../../common/prometheus/connection.ts';
import { joinBlocks, readBlockLength } from '../../common/remote-write/snappy.ts';

export interface RemoteWriteOptions {
  /** Server's URL with any path prefix, without a trailing slash. */
  readonly url: string;
  /** Full URL of the receiver; `/api/v1/write` below `url` when absent. */
  readonly writeUrl?: string | undefined;
  readonly basicAuth?: BasicAuth | undefined;
  /** Sent with every request, such as the tenant of Mimir. */
  readonly headers?: HttpHeaders | undefined;
  readonly maxConcurrency: number;
  readonly timeoutMs: number;
}

export interface RemoteWriteResponse {
  readonly status: number;
  /** First 4 KiB of the body. */
  readonly text: string;
  readonly retryAfter: string | undefined;
}

export interface RemoteWriteClient {
  /** Sends a request compressed by snappy's block format. Any status is a response; rejects when there is none. */
  send(body: Uint8Array): Promise<RemoteWriteResponse>;
  close(): void;
}

const path = '/api/v1/write';
const maxTextLength = 4_096;

export function createRemoteWriteClient(options: RemoteWriteOptions): RemoteWriteClient {
  const { url, basicAuth, maxConcurrency, timeoutMs } = options;
  const target = new URL(options.writeUrl ?? `${url}${path}`);
  const isTls = target.protocol === 'https:';
  const agent = new (isTls ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: maxConcurrency });
  const send = isTls ? httpsRequest : httpRequest;
  const fixed: RequestOptions = {
    agent,
    method: 'POST',
    protocol: target.protocol,
    hostname: target.hostname.replace(/^\[|\]$/g, ''),
    port: target.port,
    path: `${target.pathname}${target.search}`,
    ...(basicAuth === undefined ? {} : { auth: `${basicAuth.username}:${basicAuth.password.reveal()}` }),
  };
  const headers = {
    ...revealHeaders(options.headers),
    'Content-Type': 'application/x-protobuf',
    'Content-Encoding': 'snappy',
    'User-Agent': 'hostpulse',
    'X-Prometheus-Remote-Write-Version': '0.1.0',
  };

  return {
    send(body) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          request.destroy(new Error(`no response within ${timeoutMs / 1_000} s`));
        }, timeoutMs);
        const request = send({ ...fixed, headers: { ...headers, 'Content-Length': body.length } }, (response) => {
          readText(response, (error, text) => {
            clearTimeout(timer);
            if (error !== undefined) return reject(error);
            resolve({ status: response.statusCode ?? 0, text, retryAfter: response.headers['retry-after'] });
          });
        });
        request.on('error', (error) => {
          clearTimeout(timer);
          reject(error);
        });
        request.end(body);
      });
    },
    close: () => agent.destroy(),
  };
}

function readText(response: IncomingMessage, done: (error: Error | undefined, text: string) => void): void {
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    if (text.length < maxTextLength) text += chunk;
  });
  response.on('end', () => done(undefined, text));
  response.on('error', (error) => done(error, text));
}

/** Reasons why a sample can never be stored. */
export const refusalReasons = [
  'too_old',
  'duplicate',
  'out_of_order',
  'out_of_bounds',
  'too_new',
  'labels',
  'other',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

export type WriteOutcome =
  | { readonly kind: 'ok' }
  /** At least one sample of the request can never be stored. Nothing of the request was stored. */
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly message: string }
  /** This request failed; others may succeed. */
  | { readonly kind: 'retry'; readonly message: string; readonly afterMs?: number }
  /** No receiver that could store anything responded. */
  | { readonly kind: 'unreachable'; readonly message: string; readonly afterMs?: number };

type ReasonPatterns = readonly (readonly [RegExp, RefusalReason])[];

/** Errors that Prometheus sends with status 500 although they are permanent. */
const permanentErrors: ReasonPatterns = [
  [/too old sample/, 'too_old'],
  [/label name .* is not unique/, 'labels'],
];

const refusals: ReasonPatterns = [
  ...permanentErrors,
  [/duplicate sample/, 'duplicate'],
  [/out of order/, 'out_of_order'],
  [/out of bounds/, 'out_of_bounds'],
  [/too far in the future/, 'too_new'],
  [/label/, 'labels'],
];

/** Statuses of a receiver that is misconfigured or absent: the samples are not at fault. */
const notReceiver = [401, 403, 404, 405, 415];

/** Returns what a response to a remote write request means for the samples of the request. */
export function classifyResponse({ status, text, retryAfter }: RemoteWriteResponse, nowMs: number): WriteOutcome {
  if (status >= 200 && status < 300) return { kind: 'ok' };
  const message = `status ${status}: ${text.trim().slice(0, 200)}`;
  if (status < 400 || notReceiver.includes(status)) return { kind: 'unreachable', message };
  const afterMs = parseRetryAfter(retryAfter, nowMs);
  const wait = afterMs === undefined ? {} : { afterMs };
  if (status === 429 || status === 408) return { kind: 'retry', message, ...wait };
  if (status < 500) return { kind: 'refused', reason: reasonOf(refusals, text) ?? 'other', message };
  const reason = reasonOf(permanentErrors, text);
  if (reason !== undefined) return { kind: 'refused', reason, message };
  // Prometheus sends 503 while it starts and stops; 502 and 504 come from a proxy in front of it.
  return { kind: status === 500 ? 'retry' : 'unreachable', message, ...wait };
}

function reasonOf(patterns: ReasonPatterns, text: string): RefusalReason | undefined {
  return patterns.find(([pattern]) => pattern.test(text))?.[1];
}

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

/** Returns whether the response may differ between the writes of a shared request. Other failures, such as 503, are the same for each write. */
function isAboutOneWrite(response: RemoteWriteResponse): boolean {
  const { kind } = classifyResponse(response, 0);
  return kind === 'refused' || (kind === 'retry' && response.status === 500);
}

/** Makes one HTTP request for a channel and classifies the response. Reasons contain no secrets. */
import axios from 'axios';
import { type DeliveryOutcome, parseRetryAfter } from '../../common/program/retry.ts';

export interface Posting {
  readonly url: string;
  readonly method?: 'POST' | 'PUT' | 'PATCH';
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** `ignored`: the response body is not read. `text`: up to 1 MiB of it is read. */
  readonly answer: 'ignored' | 'text';
}

export type Posted =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly afterMs: number | undefined;
      readonly text: string;
      /** Returns a header of the response by its lower-case name. */
      readonly header: (name: string) => string | undefined;
    }
  | { readonly kind: 'retry'; readonly reason: string };

const maxAnswerBytes = 2 ** 20;

type Body = NodeJS.ReadableStream & AsyncIterable<Buffer> & { destroy(): void };

export async function post(posting: Posting): Promise<Posted> {
  const { url, method = 'POST', body, headers, timeoutMs, signal, now, answer } = posting;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeoutMs);
  try {
    const response = await axios.request<Body>({
      url,
      method,
      data: body,
      headers: { 'User-Agent': 'hostpulse-relay', ...headers },
      signal: AbortSignal.any([limit.signal, signal]),
      maxRedirects: 0, // only the configuration decides where messages go
      responseType: 'stream',
      validateStatus: () => true,
    });
    const text = answer === 'text' ? await readText(response.data) : '';
    response.data.destroy();
    const header = (name: string): string | undefined => {
      const value: unknown = response.headers[name];
      return typeof value === 'string' ? value : undefined;
    };
    const afterMs = parseRetryAfter(header('retry-after'), now());
    return { kind: 'answer', status: response.status, afterMs, text, header };
  } catch (error) {
    if (limit.signal.aborted) return { kind: 'retry', reason: `no answer within ${timeoutMs / 1_000} s` };
    if (signal.aborted) return { kind: 'retry', reason: 'the relay stops' };
    const code = (error as { code?: unknown } | null)?.code;
    return { kind: 'retry', reason: typeof code === 'string' ? code : 'the connection failed' };
  } finally {
    clearTimeout(timer);
  }
}

async function readText(body: Body): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxAnswerBytes) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** 4xx statuses of transient conditions: RFC 9110 section 15.5.9, RFC 8470 section 5.2, RFC 6585 section 4. */
const transientStatuses: readonly number[] = [408, 425, 429];

export function classifyStatus(status: number, afterMs: number | undefined): DeliveryOutcome {
  if (status >= 200 && status < 300) return { kind: 'ok' };
  if (status >= 300 && status < 400)
    return { kind: 'drop', reason: `HTTP ${status}: redirects are not followed; configure the final URL` };
  const reason = `HTTP ${status}`;
  if (status < 500 && !transientStatuses.includes(status)) return { kind: 'drop', reason };
  return afterMs === undefined ? { kind: 'retry', reason } : { kind: 'retry', reason, afterMs };
}

/** HTTP requests of the checks: one attempt each, with a time limit. */
import { messageOf } from '../../../common/program/log.ts';

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** The time of the server, to the second; undefined without a header Date. */
  readonly dateMs: number | undefined;
  readonly startedMs: number;
  readonly endedMs: number;
}

export interface Asked {
  readonly url: string;
  readonly authorization?: string | undefined;
  readonly limitMs?: number;
}

/** Covers the health check of the gateway, which waits for its own components. */
const defaultLimitMs = 8_000;

/** Returns an answer of any status. Throws an `Error` that names the URL when there is none. */
export async function get({ url, authorization, limitMs = defaultLimitMs }: Asked): Promise<Answer> {
  const startedMs = Date.now();
  try {
    const response = await fetch(url, {
      headers: authorization === undefined ? {} : { authorization },
      redirect: 'manual',
      signal: AbortSignal.timeout(limitMs),
    });
    const body = await response.text();
    const date = Date.parse(response.headers.get('date') ?? '');
    return {
      status: response.status,
      body,
      dateMs: Number.isNaN(date) ? undefined : date,
      startedMs,
      endedMs: Date.now(),
    };
  } catch (cause) {
    throw new Error(`${new URL(url).origin} does not answer (${reasonOf(cause, limitMs)})`); // the cause repeats the address
  }
}

/** Returns the body of an answer 200 as JSON. Throws an `Error` for any other answer. */
export async function getJson(asked: Asked): Promise<unknown> {
  const { status, body } = await get(asked);
  if (status === 200) return JSON.parse(body) as unknown;
  const { origin, pathname } = new URL(asked.url);
  const title = /"(?:title|error)":"([^"]*)"/.exec(body)?.[1];
  throw new Error(`${origin}${pathname} answers ${status}${title === undefined ? '' : `: ${title}`}`);
}

function reasonOf(thrown: unknown, limitMs: number): string {
  if ((thrown as Error | null)?.name === 'TimeoutError') return `not within ${limitMs / 1_000} s`;
  const { cause } = thrown as { readonly cause?: unknown };
  const { code } = (cause ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : messageOf(thrown);
}

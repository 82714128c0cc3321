/** Defines push outcomes, and classifies HTTP responses: accepted, retry, or refused permanently. */
import { parseRetryAfter } from '../../../common/program/retry.ts';

/** The reason for a retry. */
export type RetryReason =
  /** No response: refused, reset, timed out, TLS. */
  | 'network'
  /** 429, 503 with Retry-After, or the gRPC equivalent. */
  | 'overloaded'
  /** Any other 5xx, 408. */
  | 'server'
  /** 401, 403: the API key is missing, wrong, or bound to a different host. */
  | 'unauthorized'
  /** A response that no receiver of this protocol sends: the URL or the protocol is wrong. */
  | 'misdirected';

export const retryReasons: readonly RetryReason[] = ['network', 'overloaded', 'server', 'unauthorized', 'misdirected'];

export type PushOutcome =
  | { readonly kind: 'ok'; readonly rejectedSamples: number; readonly detail?: string }
  | { readonly kind: 'retry'; readonly reason: RetryReason; readonly detail: string; readonly afterMs?: number }
  /** The receiver refuses this batch permanently. */
  | { readonly kind: 'drop'; readonly detail: string };

export interface HttpResponse {
  readonly status: number;
  readonly retryAfter?: string;
  /** The header `Content-Type`. */
  readonly contentType?: string;
  /** The start of the body. */
  readonly body: string;
}

/** The retry interval while an operator has to fix the configuration. */
export const misconfiguredRetryMs = 60_000;
export const longestRetryAfterMs = 300_000;

/** Statuses about the batch. All other 4xx are about the caller or the URL: a proxy may send 404 while the gateway is down. */
const refusals: ReadonlySet<number> = new Set([400, 409, 413, 422]);

/**
 * Permanent errors that Prometheus sends as 5xx.
 * Source: storage/errors and web/api/v1/write_handler.go of Prometheus 2.42, and tests against it.
 */
const permanentWords = /too old sample|out of bounds|is not unique/;

/** Classifies the response of an HTTP receiver. */
export function outcomeOfHttp(response: HttpResponse, nowMs: number): PushOutcome {
  const { status, retryAfter, body } = response;
  const detail = `HTTP ${status}${body === '' ? '' : `: ${firstWords(body)}`}`;
  if (isOfAnother(response)) return misdirected(`${detail}; this is the answer of another server`);
  if (status >= 200 && status < 300) return { kind: 'ok', rejectedSamples: 0 };
  const delayMs = parseRetryAfter(retryAfter, nowMs);
  const afterMs = delayMs === undefined ? {} : { afterMs: Math.min(delayMs, longestRetryAfterMs) };
  if (status === 429) return { kind: 'retry', reason: 'overloaded', detail, ...afterMs };
  if (status === 503 && delayMs !== undefined) return { kind: 'retry', reason: 'overloaded', detail, ...afterMs };
  if (status >= 500 && permanentWords.test(body)) return { kind: 'drop', detail };
  if (status >= 500 || status === 408) return { kind: 'retry', reason: 'server', detail, ...afterMs };
  if (refusals.has(status)) return { kind: 'drop', detail };
  const reason = status === 401 || status === 403 ? 'unauthorized' : 'misdirected';
  return { kind: 'retry', reason, detail, afterMs: misconfiguredRetryMs };
}

/** Returns the outcome of a response that no receiver sends. The samples stay in the buffer, because a captive portal may let the next push pass. */
export function misdirected(detail: string): PushOutcome {
  return { kind: 'retry', reason: 'misdirected', detail };
}

/** The answers of TLS servers to plain HTTP. Source: Go's net/http and nginx */
const aboutTls = /HTTP request (?:was sent )?to (?:an )?HTTPS/i;

/**
 * Returns true for a success or a refusal that no receiver sends: the page of a captive portal, a proxy or a web server, and the
 * answer of a TLS server to plain HTTP. A 413 from a proxy counts as a refusal, because it also concerns the size of the request.
 */
function isOfAnother({ status, contentType = '', body }: HttpResponse): boolean {
  if (status === 400 && aboutTls.test(body)) return true;
  const isVerdict = (status >= 200 && status < 300) || (refusals.has(status) && status !== 413);
  return (
    isVerdict && (/^(?:text\/html|application\/xhtml)/i.test(contentType) || /^\s*<(?:!doctype|html|\?xml)/i.test(body))
  );
}

/** Returns the start of a receiver's message on one line, for logs. */
export function firstWords(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

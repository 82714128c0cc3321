/** What became of one push: what the receiver's answer says about the batch, about the receiver and about us. */
import { parseRetryAfter } from '../../../common/program/retry.ts';

/** Why a batch is to be sent again. */
export type RetryReason =
  /** No answer: refused, reset, timed out, TLS. */
  | 'network'
  /** 429, 503 with Retry-After, or its like in gRPC. */
  | 'overloaded'
  /** Any other 5xx, 408. */
  | 'server'
  /** 401, 403: a key that is missing, wrong or not for this host. */
  | 'unauthorized'
  /** An answer that no receiver of this protocol gives: the URL or the protocol is wrong. */
  | 'misdirected';

export const retryReasons: readonly RetryReason[] = ['network', 'overloaded', 'server', 'unauthorized', 'misdirected'];

export type PushOutcome =
  | { readonly kind: 'ok'; readonly rejectedSamples: number; readonly detail?: string }
  | { readonly kind: 'retry'; readonly reason: RetryReason; readonly detail: string; readonly afterMs?: number }
  /** The receiver will never take this batch. */
  | { readonly kind: 'drop'; readonly detail: string };

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter?: string;
  /** The beginning of the body. */
  readonly body: string;
}

/** What an operator has to mend is asked again at this pace: nothing is lost, and nobody is pestered. */
export const mendMs = 60_000;
export const longestRetryAfterMs = 300_000;

/** About the batch itself. Every other 4xx is about who asks or where: 404 comes from a proxy whose gateway is away. */
const refusals: ReadonlySet<number> = new Set([400, 409, 413, 422]);

/**
 * Answers of Prometheus that stay whatever one waits, though they come as 5xx.
 * Source: storage/errors and web/api/v1/write_handler.go of Prometheus 2.42, tried against it.
 */
const permanentWords = /too old sample|out of bounds|is not unique/;

/** Classifies the answer of an HTTP receiver. */
export function outcomeOfHttp({ status, retryAfter, body }: HttpAnswer, nowMs: number): PushOutcome {
  const detail = `HTTP ${status}${body === '' ? '' : `: ${firstWords(body)}`}`;
  if (status >= 200 && status < 300) return { kind: 'ok', rejectedSamples: 0 };
  const asked = parseRetryAfter(retryAfter, nowMs);
  const afterMs = asked === undefined ? {} : { afterMs: Math.min(asked, longestRetryAfterMs) };
  if (status === 429) return { kind: 'retry', reason: 'overloaded', detail, ...afterMs };
  if (status === 503 && asked !== undefined) return { kind: 'retry', reason: 'overloaded', detail, ...afterMs };
  if (status >= 500 && permanentWords.test(body)) return { kind: 'drop', detail };
  if (status >= 500 || status === 408) return { kind: 'retry', reason: 'server', detail, ...afterMs };
  if (refusals.has(status)) return { kind: 'drop', detail };
  const reason = status === 401 || status === 403 ? 'unauthorized' : 'misdirected';
  return { kind: 'retry', reason, detail, afterMs: mendMs };
}

/** What a receiver says goes into a log line: one line, and not all of it. */
export function firstWords(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

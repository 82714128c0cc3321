/** What an answer to a remote write means, and what to do next. */
import { parseRetryAfter } from '../../common/program/retry.ts';

/** Why a sample can never be stored. */
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
  /** At least one sample of the request can never be stored, and nothing of it was. */
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly message: string }
  /** This request failed; others may not. */
  | { readonly kind: 'retry'; readonly message: string; readonly afterMs?: number }
  /** Nobody answers, or nobody who could store anything. */
  | { readonly kind: 'away'; readonly message: string; readonly afterMs?: number };

export interface WriteAnswer {
  readonly status: number;
  /** The beginning of the body. */
  readonly text: string;
  readonly retryAfter: string | undefined;
}

/** Prometheus' own words, which are all that tells a permanent 500 from a passing one. */
const permanent: readonly (readonly [RegExp, RefusalReason])[] = [
  [/too old sample/, 'too_old'],
  [/label name .* is not unique/, 'labels'],
];

const refusals: readonly (readonly [RegExp, RefusalReason])[] = [
  ...permanent,
  [/duplicate sample/, 'duplicate'],
  [/out of order/, 'out_of_order'],
  [/out of bounds/, 'out_of_bounds'],
  [/too far in the future/, 'too_new'],
  [/label/, 'labels'],
];

export function classifyAnswer({ status, text, retryAfter }: WriteAnswer, nowMs: number): WriteOutcome {
  if (status >= 200 && status < 300) return { kind: 'ok' };
  const message = `status ${status}: ${text.trim().slice(0, 200)}`;
  const afterMs = parseRetryAfter(retryAfter, nowMs);
  const wait = afterMs === undefined ? {} : { afterMs };
  if (status >= 500) {
    const reason = reasonOf(permanent, text);
    if (reason !== undefined) return { kind: 'refused', reason, message };
    // 503 while starting and stopping; 502 and 504 come from what stands before it.
    return status === 500 ? { kind: 'retry', message, ...wait } : { kind: 'away', message, ...wait };
  }
  if (status === 429 || status === 408) return { kind: 'retry', message, ...wait };
  // The receiver is not set up for us: nothing is wrong with the samples.
  if ([401, 403, 404, 405, 415].includes(status) || status < 400) return { kind: 'away', message };
  return { kind: 'refused', reason: reasonOf(refusals, text) ?? 'other', message };
}

function reasonOf(known: readonly (readonly [RegExp, RefusalReason])[], text: string): RefusalReason | undefined {
  return known.find(([pattern]) => pattern.test(text))?.[1];
}

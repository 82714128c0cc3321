/** Whether a host that pushes is up, by when it last pushed: pure, so that every edge of it can be tested. */
import type { PushedHost } from './pushed-hosts.ts';

/**
 * `unknown`: the gateway itself was away, and the host may not have come back to it yet. `gone`: silent for so long that
 * nobody expects it any more.
 */
export type UpState = 'up' | 'silent' | 'unknown' | 'forgotten' | 'gone';

/** Silent for so many of its own intervals. */
const silentIntervals = 3;
/** Hosts come back to a gateway that was away within their backoff of a minute. */
export const graceMs = 90_000;
/** A silent host is expected for so long. */
export const expectedMs = 7 * 24 * 3_600_000;

export interface UpQuestion {
  readonly nowMs: number;
  /** Since when this gateway hears pushes. */
  readonly listeningSinceMs: number;
}

export function upState(host: PushedHost, { nowMs, listeningSinceMs }: UpQuestion): UpState {
  const { lastPushMs, intervalMs, silentSinceMs, isForgotten } = host;
  if (isForgotten) return 'forgotten';
  const silentMs = nowMs - lastPushMs;
  if (silentMs > expectedMs) return 'gone';
  if (silentMs <= silentIntervals * intervalMs) return 'up';
  if (silentSinceMs !== undefined) return 'silent';
  return lastPushMs < listeningSinceMs && nowMs - listeningSinceMs < graceMs ? 'unknown' : 'silent';
}

/** Decides from a pushing host's last push whether the host is up. */
import type { PushedHost } from './pushed-hosts.ts';

/**
 * `unknown`: this gateway started a moment ago, and the host may not have reconnected yet. `forgotten`: an operator removed the
 * host. `gone`: the host was silent for so long that it is no longer expected.
 */
export type UpState = 'up' | 'silent' | 'unknown' | 'forgotten' | 'gone';

/** A host is silent after this many of its push intervals. */
const silentIntervals = 3;
/** Hosts reconnect to a restarted gateway within their backoff of a minute. */
export const graceMs = 90_000;
/** How long a silent host is expected to return. */
export const expectedMs = 7 * 24 * 3_600_000;

export interface UpContext {
  readonly nowMs: number;
  /** When this gateway began to receive pushes. */
  readonly listeningSinceMs: number;
  /** How long a push to another gateway may take to become known here. */
  readonly delayMs: number;
}

export function upState(host: PushedHost, { nowMs, listeningSinceMs, delayMs }: UpContext): UpState {
  const { lastPushMs, intervalMs, silentSinceMs, forgottenMs } = host;
  if (forgottenMs !== undefined && lastPushMs <= forgottenMs && forgottenMs + delayMs <= nowMs) return 'forgotten';
  const silentMs = nowMs - lastPushMs;
  if (silentMs > expectedMs) return 'gone';
  if (silentMs <= silentIntervals * intervalMs + delayMs) return 'up';
  if (silentSinceMs !== undefined) return 'silent';
  return lastPushMs < listeningSinceMs && nowMs - listeningSinceMs < graceMs ? 'unknown' : 'silent';
}

/** Checks the time of a pushed sample, alike for every protocol. */
import { pushLimits } from './limits.ts';
import type { RejectReason } from './rejection.ts';

/** Ticks of a millisecond, by unit. */
const ticksPerMs = { seconds: 1e-3, milliseconds: 1, microseconds: 1e3, nanoseconds: 1e6 } as const;
export type TimeUnit = keyof typeof ticksPerMs;

/** A time in the wrong unit is recognized when it is this close to the present in the right one. */
const presentMs = 10 * 365 * 86_400_000;

/**
 * Returns why a sample of that time cannot be stored; undefined for a valid time. Recognizes a time that the sender gave in
 * another unit than `unit`, the one of the protocol.
 */
export function timeFault(
  timestampMs: number,
  nowMs: number,
  unit: TimeUnit = 'milliseconds',
): readonly [RejectReason, string] | undefined {
  if (!Number.isInteger(timestampMs)) return ['malformed', `expected whole milliseconds, got ${timestampMs}`];
  const aheadMs = timestampMs - nowMs;
  if (aheadMs <= pushLimits.maxFutureMs && aheadMs >= -pushLimits.maxAgeMs) return undefined;
  const reason = aheadMs > 0 ? 'too_new' : 'too_old';
  const ticks = timestampMs * ticksPerMs[unit];
  for (const [other, perMs] of Object.entries(ticksPerMs)) {
    if (other === unit || Math.abs(ticks / perMs - nowMs) > presentMs) continue;
    return [reason, `expected ${unit} since the epoch; this looks like ${other}`];
  }
  return aheadMs > 0
    ? [reason, `more than 60 s ahead of the gateway's clock: ${aheadMs} ms`]
    : [reason, 'older than 26 h'];
}

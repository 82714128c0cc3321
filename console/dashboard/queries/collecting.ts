/** Estimates when the first values of a panel appear, for a host in its first minutes. */
import { type TierName, tierByName } from '../../../common/catalogue/tiers.ts';
import { formatSpan } from '../../format/values.ts';
import type { Selection } from '../model.ts';
import { tryRecordedTier } from './variables.ts';

/** Hosts with samples from before this time are not new. Longer than the first values of the coarsest tier take. */
export const youngMs = 11 * 60_000;

const ofSelected = 'up{job="node",job=~"$job",instance=~"$instance"}';

/** Returns one sample: the time of the first sample of the selected hosts, in seconds, within `youngMs`. */
export const firstSampleQuery = `min(min_over_time(timestamp(${ofSelected})[${youngMs / 1_000}s:10s]))`;

/** `old`: the selected hosts have samples from before. `none`: they have no samples. */
export type FirstSample = 'old' | 'none' | { readonly timeMs: number };

export function firstSampleOf(seconds: number | undefined, nowMs: number): FirstSample {
  if (seconds === undefined || !Number.isFinite(seconds)) return 'none';
  const timeMs = seconds * 1_000;
  return timeMs > nowMs - youngMs + 20_000 ? { timeMs } : 'old';
}

/** Two samples give the first rate, and the page refreshes every 10 s. */
const rawMs = 20_000;
/** Recording rules evaluate after the end of a window. */
const recordingMs = 30_000;
const graceMs = 30_000;

function firstValueMs(startMs: number, tier: TierName): number {
  if (tier === 'raw') return startMs + rawMs;
  const { stepMs } = tierByName(tier);
  return (Math.ceil(startMs / stepMs) + 1) * stepMs + recordingMs;
}

/** Returns the text of an empty panel. Undefined if the panel has no reason to wait. */
export function tryCollectingText(first: FirstSample, selection: Selection, nowMs: number): string | undefined {
  if (first === 'old') return undefined;
  if (first === 'none') {
    // A selected host without samples is named above the panels.
    const isAnyHost = (selection.get('instance')?.selected ?? 'all') === 'all';
    return isAnyHost ? 'Collecting: waiting for the first samples' : undefined;
  }
  const leftMs = firstValueMs(first.timeMs, tryRecordedTier(selection) ?? 'raw') - nowMs;
  if (leftMs < -graceMs) return undefined;
  return `Collecting: first values in ${formatSpan(Math.max(leftMs, 1_000))}`;
}

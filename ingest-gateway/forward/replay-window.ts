/**
 * How long what was forwarded is kept, in case Prometheus comes back without it. What it takes in order is in its log at once.
 * What it takes out of order it moves into blocks with the head's next compaction, and one that is killed meanwhile comes
 * back without whatever it had not moved yet: docs/decisions/gateway-ingest.md.
 */

import { batchFlags } from '../queue/batch-flags.ts';
import type { BatchInfo } from '../queue/batch-queue.ts';

const inOrderMs = 5 * 60_000;
/** A new Prometheus compacts its head after three hours (one and a half of its blocks) for the first time, then every two. */
const outOfOrderMs = 3.5 * 3_600_000;
/** Half of a block behind the newest sample of all begins what is out of order for any series; less by what clocks differ. */
const behindMs = 55 * 60_000;

export function keepForwardedMs({ oldestMs, flags }: BatchInfo, nowMs: number): number {
  const isOutOfOrder = (flags & batchFlags.late) !== 0 || oldestMs < nowMs - behindMs;
  return isOutOfOrder ? outOfOrderMs : inOrderMs;
}

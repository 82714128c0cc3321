/**
 * Retains forwarded batches for a while, in case Prometheus restarts without them: each for its replay window, as long as
 * there is room.
 */
import { type BatchInfo, batchFlags } from './batch-rows.ts';

const inOrderMs = 5 * 60_000;
/** Prometheus compacts its head after three hours (one and a half of its blocks) for the first time, then every two. */
const outOfOrderMs = 3.5 * 3_600_000;
/** Prometheus takes samples half a block behind its newest sample out of order; less the difference between clocks. */
const behindMs = 55 * 60_000;

/**
 * Returns how long a batch is retained. Prometheus writes in-order samples to its log at once. Out-of-order samples move
 * into blocks with the next compaction of the head; a Prometheus killed meanwhile restarts without those not yet moved:
 * docs/decisions/gateway-ingest.md.
 */
export function replayWindowMs({ oldestMs, flags }: BatchInfo, nowMs: number): number {
  const isOutOfOrder = (flags & batchFlags.outOfOrder) !== 0 || oldestMs < nowMs - behindMs;
  return isOutOfOrder ? outOfOrderMs : inOrderMs;
}

export interface RetainedBatches {
  add(batch: BatchInfo, times: RetentionTimes): void;
  /**
   * Removes at most `limit` batches and returns their ids: those whose time is over, then the oldest while all together
   * exceed `maxBytes`.
   */
  takeExpired(bounds: { readonly nowMs: number; readonly maxBytes: number; readonly limit: number }): number[];
  /** Returns the batches in the order of acceptance. */
  list(): readonly BatchInfo[];
  bytes(): number;
}

export interface RetentionTimes {
  readonly settledMs: number;
  readonly retainMs: number;
}

interface Retained {
  readonly batch: BatchInfo;
  readonly settledMs: number;
}

export function createRetainedBatches(): RetainedBatches {
  /** By retention time: each list is in the order in which its batches expire. */
  const lists = new Map<number, Retained[]>();
  let bytes = 0;

  return {
    add(batch, { settledMs, retainMs }) {
      const list = lists.get(retainMs);
      if (list === undefined) lists.set(retainMs, [{ batch, settledMs }]);
      else list.push({ batch, settledMs });
      bytes += batch.bytes;
    },
    takeExpired({ nowMs, maxBytes, limit }) {
      const ids: number[] = [];
      const heads = [...lists].map(([retainMs, list]) => ({ retainMs, list, taken: 0 }));

      function take(head: (typeof heads)[number], { batch }: Retained): void {
        head.taken += 1;
        bytes -= batch.bytes;
        ids.push(batch.id);
      }

      for (const head of heads) {
        for (const retained of head.list) {
          if (ids.length >= limit || retained.settledMs + head.retainMs >= nowMs) break;
          take(head, retained);
        }
      }
      while (bytes > maxBytes && ids.length < limit) {
        let oldest: { readonly head: (typeof heads)[number]; readonly retained: Retained } | undefined;
        for (const head of heads) {
          const retained = head.list[head.taken];
          if (retained !== undefined && (oldest === undefined || retained.settledMs < oldest.retained.settledMs))
            oldest = { head, retained };
        }
        if (oldest === undefined) break;
        take(oldest.head, oldest.retained);
      }
      for (const { list, taken } of heads) if (taken > 0) list.splice(0, taken);
      return ids;
    },
    list: () => [...lists.values()].flatMap((list) => list.map(({ batch }) => batch)).sort((a, b) => a.id - b.id),
    bytes: () => bytes,
  };
}

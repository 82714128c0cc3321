/** Batches that were forwarded and stay for a while, each for its own time, as long as there is room. */
import type { BatchInfo } from './batch-rows.ts';

export interface KeptBatches {
  add(batch: BatchInfo, times: { readonly settledMs: number; readonly keepMs: number }): void;
  /** Takes away at most `limit` whose time is over, and the oldest while all together are more than `maxBytes`; their ids. */
  takeExpired(bounds: { readonly nowMs: number; readonly maxBytes: number; readonly limit: number }): number[];
  /** In the order of acceptance. */
  list(): readonly BatchInfo[];
  bytes(): number;
}

interface Kept {
  readonly batch: BatchInfo;
  readonly settledMs: number;
}

export function createKeptBatches(): KeptBatches {
  /** By how long they are kept: each list is in the order in which its batches end. */
  const lists = new Map<number, Kept[]>();
  let bytes = 0;

  function add(batch: BatchInfo, { settledMs, keepMs }: { readonly settledMs: number; readonly keepMs: number }): void {
    const list = lists.get(keepMs);
    if (list === undefined) lists.set(keepMs, [{ batch, settledMs }]);
    else list.push({ batch, settledMs });
    bytes += batch.bytes;
  }

  return {
    add,
    takeExpired({ nowMs, maxBytes, limit }) {
      const ids: number[] = [];
      const lanes = [...lists].map(([keepMs, list]) => ({ keepMs, list, taken: 0 }));

      function take(lane: (typeof lanes)[number], { batch }: Kept): void {
        lane.taken += 1;
        bytes -= batch.bytes;
        ids.push(batch.id);
      }

      for (const lane of lanes) {
        for (const kept of lane.list) {
          if (ids.length >= limit || kept.settledMs + lane.keepMs >= nowMs) break;
          take(lane, kept);
        }
      }
      while (bytes > maxBytes && ids.length < limit) {
        let oldest: { readonly lane: (typeof lanes)[number]; readonly kept: Kept } | undefined;
        for (const lane of lanes) {
          const kept = lane.list[lane.taken];
          if (kept !== undefined && (oldest === undefined || kept.settledMs < oldest.kept.settledMs))
            oldest = { lane, kept };
        }
        if (oldest === undefined) break;
        take(oldest.lane, oldest.kept);
      }
      for (const { list, taken } of lanes) if (taken > 0) list.splice(0, taken);
      return ids;
    },
    list: () => [...lists.values()].flatMap((list) => list.map(({ batch }) => batch)).sort((a, b) => a.id - b.id),
    bytes: () => bytes,
  };
}

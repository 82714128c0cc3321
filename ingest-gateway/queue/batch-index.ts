/**
 * Indexes of the queue's batches in memory: those that wait to be forwarded, by host in the order of acceptance, and those that are
 * retained after that, each for its replay window, in case Prometheus restarts without them.
 */
import { type BatchInfo, batchFlags } from './batch-file.ts';

export interface HostQueues {
  push(batch: BatchInfo): void;
  /** Returns the host's oldest batch; undefined when none waits. */
  first(host: string): BatchInfo | undefined;
  /** Removes the host's oldest batch. */
  shift(host: string): BatchInfo | undefined;
  /** Returns the hosts with batches, the longest waiting first. */
  hosts(): Iterable<string>;
  /** Returns the number of the host's batches. */
  count(host: string): number;
  readonly totals: { readonly batches: number; readonly samples: number; readonly bytes: number };
  /** Returns when the oldest batch of all was accepted. */
  oldestAcceptedMs(): number | undefined;
}

interface HostQueue {
  batches: BatchInfo[];
  /** Index of the first batch that waits; the ones before it are cut off now and then. */
  head: number;
}

export function createHostQueues(): HostQueues {
  const queues = new Map<string, HostQueue>();
  const totals = { batches: 0, samples: 0, bytes: 0 };

  function addToTotals(batch: BatchInfo, sign: 1 | -1): void {
    totals.batches += sign;
    totals.samples += sign * batch.samples;
    totals.bytes += sign * batch.bytes;
  }

  return {
    totals,
    push(batch) {
      const queue = queues.get(batch.host);
      if (queue === undefined) queues.set(batch.host, { batches: [batch], head: 0 });
      else queue.batches.push(batch);
      addToTotals(batch, 1);
    },
    first(host) {
      const queue = queues.get(host);
      return queue?.batches[queue.head];
    },
    shift(host) {
      const queue = queues.get(host);
      const batch = queue?.batches[queue.head];
      if (queue === undefined || batch === undefined) return undefined;
      queue.head += 1;
      addToTotals(batch, -1);
      if (queue.head === queue.batches.length) queues.delete(host);
      else if (queue.head > 1_000) {
        queue.batches = queue.batches.slice(queue.head);
        queue.head = 0;
      }
      return batch;
    },
    hosts: () => queues.keys(),
    count(host) {
      const queue = queues.get(host);
      return queue === undefined ? 0 : queue.batches.length - queue.head;
    },
    oldestAcceptedMs() {
      let oldest: number | undefined;
      for (const { batches, head } of queues.values()) {
        const acceptedMs = batches[head]?.acceptedMs;
        if (acceptedMs !== undefined && (oldest === undefined || acceptedMs < oldest)) oldest = acceptedMs;
      }
      return oldest;
    },
  };
}

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

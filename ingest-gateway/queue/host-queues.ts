/** Indexes the batches that wait to be forwarded: a queue per host in the order of acceptance, and totals of all. */
import type { BatchInfo } from './batch-rows.ts';

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

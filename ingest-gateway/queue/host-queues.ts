/** Batches that wait, host by host in the order of acceptance, and their sums. */
import type { BatchInfo } from './batch-rows.ts';

export interface HostLanes {
  push(batch: BatchInfo): void;
  /** The host's oldest; undefined when none waits. */
  first(host: string): BatchInfo | undefined;
  /** Takes the host's oldest away. */
  shift(host: string): BatchInfo | undefined;
  /** Those with something waiting. */
  hosts(): Iterable<string>;
  /** Batches that wait for the host. */
  count(host: string): number;
  readonly sums: { readonly batches: number; readonly samples: number; readonly bytes: number };
  /** When the oldest of all was accepted. */
  oldestAcceptedMs(): number | undefined;
}

interface Lane {
  batches: BatchInfo[];
  /** Of the first that still waits; what is before it is cut off now and then. */
  head: number;
}

export function createHostLanes(): HostLanes {
  const lanes = new Map<string, Lane>();
  const sums = { batches: 0, samples: 0, bytes: 0 };

  function count(batch: BatchInfo, sign: 1 | -1): void {
    sums.batches += sign;
    sums.samples += sign * batch.samples;
    sums.bytes += sign * batch.bytes;
  }

  function first(host: string): BatchInfo | undefined {
    const lane = lanes.get(host);
    return lane?.batches[lane.head];
  }

  return {
    sums,
    first,
    push(batch) {
      const lane = lanes.get(batch.host);
      if (lane === undefined) lanes.set(batch.host, { batches: [batch], head: 0 });
      else lane.batches.push(batch);
      count(batch, 1);
    },
    shift(host) {
      const lane = lanes.get(host);
      const batch = lane?.batches[lane.head];
      if (lane === undefined || batch === undefined) return undefined;
      lane.head += 1;
      count(batch, -1);
      if (lane.head === lane.batches.length) lanes.delete(host);
      else if (lane.head > 1_000) {
        lane.batches = lane.batches.slice(lane.head);
        lane.head = 0;
      }
      return batch;
    },
    hosts: () => lanes.keys(),
    count: (host) => {
      const lane = lanes.get(host);
      return lane === undefined ? 0 : lane.batches.length - lane.head;
    },
    oldestAcceptedMs() {
      let oldest: number | undefined;
      for (const host of lanes.keys()) {
        const acceptedMs = first(host)?.acceptedMs;
        if (acceptedMs !== undefined && (oldest === undefined || acceptedMs < oldest)) oldest = acceptedMs;
      }
      return oldest;
    },
  };
}

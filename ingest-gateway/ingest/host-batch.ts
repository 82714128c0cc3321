/** One host's samples on their way into one remote-write request: by series, in order of time, one value an instant. */
import { compressBlock } from '../../common/remote-write/snappy.ts';
import { createWriteRequestWriter } from '../../common/remote-write/write.ts';
import type { HostLabels } from './host-labels.ts';
import type { CachedSeries } from './series-cache.ts';

/** What became of a sample: a second one for the same series and instant is `same`, or `other` when its value differs. */
export type Added = 'added' | 'same' | 'other';

export interface HostBatch {
  /** `null` ends the series at that instant. */
  add(series: CachedSeries, timestampMs: number, value: number | null): Added;
  readonly samples: number;
  /** The request as it goes out, in a buffer of its own, and the same before compression. Call it once, last. */
  finish(): EncodedBatch;
}

export interface EncodedBatch {
  readonly host: string;
  readonly body: Uint8Array;
  /** Valid until the next batch is finished. */
  readonly plain: Uint8Array;
  readonly samples: number;
  readonly oldestMs: number;
  readonly newestMs: number;
}

export interface BatchBuilder {
  /** Batches are built one at a time: nothing may be awaited between `begin` and `finish`. */
  begin(host: HostLabels): HostBatch;
}

interface Slot {
  readonly series: CachedSeries;
  readonly timestampsMs: number[];
  readonly values: (number | null)[];
  isSorted: boolean;
}

export function createBatchBuilder(): BatchBuilder {
  const writer = createWriteRequestWriter();
  let generation = 0;
  let scratch = new Uint8Array(64 * 1024);

  /** The labels of the series with the host's own among them. */
  function labelsOf({ parts }: CachedSeries, { bytes }: HostLabels): Uint8Array {
    let length = 0;
    for (const part of parts) {
      const piece = typeof part === 'number' ? (bytes[part] as Uint8Array) : part;
      if (length + piece.length > scratch.length) scratch = grown(scratch, length + piece.length);
      scratch.set(piece, length);
      length += piece.length;
    }
    return scratch.subarray(0, length);
  }

  function begin(host: HostLabels): HostBatch {
    const batch = ++generation;
    const slots: Slot[] = [];
    let samples = 0;
    let [oldestMs, newestMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

    function slotOf(series: CachedSeries): Slot {
      if (series.batch === batch) return slots[series.slot] as Slot;
      series.batch = batch;
      series.slot = slots.length;
      const slot: Slot = { series, timestampsMs: [], values: [], isSorted: true };
      slots.push(slot);
      return slot;
    }

    return {
      get samples() {
        return samples;
      },
      add(series, timestampMs, value) {
        const slot = slotOf(series);
        const { timestampsMs, values } = slot;
        const last = timestampsMs.at(-1);
        if (last !== undefined && timestampMs <= last) {
          const at = timestampsMs.indexOf(timestampMs);
          if (at !== -1) return Object.is(values[at], value) ? 'same' : 'other';
          slot.isSorted = false;
        }
        timestampsMs.push(timestampMs);
        values.push(value);
        samples += 1;
        if (timestampMs < oldestMs) oldestMs = timestampMs;
        if (timestampMs > newestMs) newestMs = timestampMs;
        return 'added';
      },
      finish() {
        for (const slot of slots) {
          const { timestampsMs, values } = slot.isSorted ? slot : sorted(slot);
          writer.add(labelsOf(slot.series, host), timestampsMs, values as ArrayLike<number | null>);
        }
        const plain = writer.finish();
        return { host: host.host, body: compressBlock(plain), plain, samples, oldestMs, newestMs };
      },
    };
  }

  return { begin };
}

function sorted({ timestampsMs, values }: Slot): Pick<Slot, 'timestampsMs' | 'values'> {
  const order = timestampsMs.map((_, index) => index);
  order.sort((a, b) => (timestampsMs[a] as number) - (timestampsMs[b] as number));
  return {
    timestampsMs: order.map((index) => timestampsMs[index] as number),
    values: order.map((index) => values[index] as number | null),
  };
}

function grown(bytes: Uint8Array<ArrayBuffer>, atLeast: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(2 * bytes.length, atLeast));
  larger.set(bytes);
  return larger;
}

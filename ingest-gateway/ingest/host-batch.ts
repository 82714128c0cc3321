/** One host's samples on their way into one remote-write request: by series, in order of time, one value an instant. */
import { createBlockWriter } from '../../common/remote-write/snappy.ts';
import { createWriteRequestWriter } from '../../common/remote-write/write.ts';
import type { HostLabels } from './host-labels.ts';
import type { CachedSeries } from './label-cache.ts';

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

/** Most series of a push have one sample: those need no lists. */
interface Slot {
  readonly series: CachedSeries;
  readonly firstMs: number;
  readonly first: number | null;
  more: Points | undefined;
}

/** All samples of a series, the first included. */
interface Points {
  readonly timestampsMs: number[];
  readonly values: (number | null)[];
  isSorted: boolean;
}

export function createBatchBuilder(): BatchBuilder {
  const writer = createWriteRequestWriter();
  const blocks = createBlockWriter();
  let generation = 0;
  let scratch = new Uint8Array(64 * 1024);
  const oneTime = [0];
  const oneValue: (number | null)[] = [0];

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
    let oldestMs = Number.POSITIVE_INFINITY;
    let newestMs = Number.NEGATIVE_INFINITY;

    function addTo(slot: Slot, timestampMs: number, value: number | null): Added {
      slot.more ??= { timestampsMs: [slot.firstMs], values: [slot.first], isSorted: true };
      const { timestampsMs, values } = slot.more;
      if (timestampMs <= (timestampsMs[timestampsMs.length - 1] as number)) {
        const at = timestampsMs.indexOf(timestampMs);
        if (at !== -1) return Object.is(values[at], value) ? 'same' : 'other';
        slot.more.isSorted = false;
      }
      timestampsMs.push(timestampMs);
      values.push(value);
      return 'added';
    }

    function add(series: CachedSeries, timestampMs: number, value: number | null): Added {
      if (series.batch === batch) {
        const added = addTo(slots[series.slot] as Slot, timestampMs, value);
        if (added !== 'added') return added;
      } else {
        series.batch = batch;
        series.slot = slots.length;
        slots.push({ series, firstMs: timestampMs, first: value, more: undefined });
      }
      samples += 1;
      if (timestampMs < oldestMs) oldestMs = timestampMs;
      if (timestampMs > newestMs) newestMs = timestampMs;
      return 'added';
    }

    function finish(): EncodedBatch {
      for (const { series, firstMs, first, more } of slots) {
        const labels = labelsOf(series, host);
        if (more === undefined) {
          oneTime[0] = firstMs;
          oneValue[0] = first;
          writer.add(labels, oneTime, oneValue as ArrayLike<number | null>);
        } else {
          const { timestampsMs, values } = more.isSorted ? more : sorted(more);
          writer.add(labels, timestampsMs, values as ArrayLike<number | null>);
        }
      }
      const plain = writer.finish();
      return { host: host.host, body: blocks.compress(plain), plain, samples, oldestMs, newestMs };
    }

    return {
      get samples() {
        return samples;
      },
      add,
      finish,
    };
  }

  return { begin };
}

function sorted({ timestampsMs, values }: Points): Pick<Points, 'timestampsMs' | 'values'> {
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

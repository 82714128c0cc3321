/** Builds the remote write request of one host's samples: grouped by series, in time order, one value per time. */
import { createWriteRequestWriter } from '../../common/remote-write/encode.ts';
import { createBlockWriter } from '../../common/remote-write/snappy.ts';
import type { CachedSeries, HostLabels } from './label-cache.ts';

/** `same` and `other`: the batch already holds a sample of that series and time, with the same or another value. */
export type AddResult = 'added' | 'same' | 'other';

export interface HostBatch {
  /** Adds a sample; `null` is a stale marker. */
  add(series: CachedSeries, timestampMs: number, value: number | null): AddResult;
  readonly samples: number;
  /** Encodes the request. Call it once, last. */
  finish(): EncodedBatch;
}

export interface EncodedBatch {
  readonly host: string;
  /** The compressed request, in a buffer that nothing else uses. */
  readonly body: Uint8Array;
  /** The request before compression, valid until the next batch is finished. */
  readonly plain: Uint8Array;
  readonly samples: number;
  readonly oldestMs: number;
  readonly newestMs: number;
}

export interface BatchBuilder {
  /** Starts a batch. Batches share memory: nothing may be awaited between `begin` and `finish`. */
  begin(host: HostLabels): HostBatch;
  /** Returns the encoded labels of the series and the host, valid until the next call of any method. */
  labelsOf(series: CachedSeries, host: HostLabels): Uint8Array;
}

/** Samples of one series. Most series of a push have a single sample, which needs no lists. */
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
  /** The index of each time, once a sample was older than the one before it; undefined while all are in order. */
  byTime: Map<number, number> | undefined;
}

export function createBatchBuilder(): BatchBuilder {
  const writer = createWriteRequestWriter();
  const blocks = createBlockWriter();
  let generation = 0;
  let scratch = new Uint8Array(64 * 1024);
  const oneTime = [0];
  const oneValue: (number | null)[] = [0];

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

    function addTo(slot: Slot, timestampMs: number, value: number | null): AddResult {
      slot.more ??= { timestampsMs: [slot.firstMs], values: [slot.first], byTime: undefined };
      const { timestampsMs, values } = slot.more;
      if (slot.more.byTime !== undefined || timestampMs <= (timestampsMs[timestampsMs.length - 1] as number)) {
        slot.more.byTime ??= new Map(timestampsMs.map((timeMs, index) => [timeMs, index]));
        const at = slot.more.byTime.get(timestampMs);
        if (at !== undefined) return Object.is(values[at], value) ? 'same' : 'other';
        slot.more.byTime.set(timestampMs, timestampsMs.length);
      }
      timestampsMs.push(timestampMs);
      values.push(value);
      return 'added';
    }

    function add(series: CachedSeries, timestampMs: number, value: number | null): AddResult {
      if (series.batch === batch) {
        const result = addTo(slots[series.slot] as Slot, timestampMs, value);
        if (result !== 'added') return result;
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
          const { timestampsMs, values } = more.byTime === undefined ? more : sorted(more);
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

  return { begin, labelsOf };
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

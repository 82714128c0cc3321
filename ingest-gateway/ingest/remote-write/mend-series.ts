/**
 * Encodes the valid part of a series that cannot be forwarded unchanged. An invalid sample is dropped, an empty label is removed
 * as Prometheus does, labels and samples are sorted. An invalid label drops the whole series.
 */
import { isUtf8 } from 'node:buffer';
import { readMessage } from '../../../common/protobuf/read.ts';
import { createWriteRequestWriter, encodeLabels } from '../../../common/remote-write/encode.ts';
import { type ReadSample, readSample } from '../../remote-write/read.ts';
import { MalformedRequestError } from '../../remote-write/wire-cursor.ts';
import { pushLimits, type RejectReason, timeFault } from '../sample-checks.ts';

export interface Loss {
  readonly reason: RejectReason;
  readonly message: string;
  readonly samples: number;
}

export interface MendedSeries {
  readonly name: string;
  /** Without `__name__`; values are not empty. */
  readonly labels: Readonly<Record<string, string>>;
  /** In time order, at most one sample per timestamp. */
  readonly samples: readonly ReadSample[];
  /** The dropped samples by reason. */
  readonly losses: readonly Loss[];
}

/** The whole series is dropped. */
export interface SeriesLoss extends Loss {
  /** Empty when the series has no valid name. */
  readonly name: string;
}

/** `content` is a `TimeSeries`. Throws a `MalformedRequestError`. */
export function mendSeries(content: Uint8Array, nowMs: number): MendedSeries | SeriesLoss {
  const pairs: Uint8Array[] = [];
  const samples: ReadSample[] = [];
  let histograms = 0;
  try {
    readMessage(content, {
      1(reader) {
        pairs.push(reader.bytes());
        if (pairs.length > maxPairs) throw new TooManyLabelsError();
      },
      2: (reader) => samples.push(readSample(reader.bytes())),
      4: (reader) => {
        reader.bytes();
        histograms += 1;
      },
    });
    const { name = '', labels, fault } = readLabels(pairs);
    if (fault !== undefined) return { ...fault, name, samples: Math.max(1, samples.length + histograms) };
    const losses = createLosses();
    if (histograms > 0) losses.add('histogram', 'native histograms are not supported', histograms);
    return { name, labels, samples: validSamples(samples, nowMs, losses), losses: losses.all() };
  } catch (error) {
    if (error instanceof TooManyLabelsError)
      return {
        name: '',
        reason: 'limit',
        message: `more than ${pushLimits.maxLabels} labels`,
        samples: Math.max(1, samples.length),
      };
    if (error instanceof RangeError) throw new MalformedRequestError(error.message);
    throw error;
  }
}

/** Encodes the series as a field of a `WriteRequest`. */
export function encodeSeries({ name, labels, samples }: MendedSeries): Uint8Array {
  const writer = createWriteRequestWriter();
  writer.add(
    encodeLabels(name, labels),
    samples.map(({ timestampMs }) => timestampMs),
    samples.map(({ value, isStale }) => (isStale ? null : value)) as ArrayLike<number | null>,
  );
  return writer.finish();
}

/** Empty labels do not count as labels, so that there may be more of them. */
const maxPairs = 1_000;

class TooManyLabelsError extends Error {}

interface ReadLabels {
  readonly name?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly fault?: Pick<Loss, 'reason' | 'message'>;
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

function readLabels(pairs: readonly Uint8Array[]): ReadLabels {
  const labels = new Map<string, string>();
  const failed = (reason: RejectReason, message: string): ReadLabels => {
    const name = labels.get('__name__') ?? '';
    return { name: metricName.test(name) ? name : '', labels: {}, fault: { reason, message } };
  };
  for (const [index, bytes] of pairs.entries()) {
    const { name: nameBytes, value: valueBytes } = readPair(bytes);
    if (!isUtf8(nameBytes)) return failed('label', `labels[${index}]: the name is not UTF-8`);
    const name = Buffer.from(nameBytes).toString('utf8');
    const place = `label ${JSON.stringify(name.slice(0, 100))}`;
    if (!isUtf8(valueBytes)) return failed('label', `${place}: the value is not UTF-8`);
    if (valueBytes.length > pushLimits.maxValueBytes)
      return failed('label', `${place}: expected a value of at most ${pushLimits.maxValueBytes} bytes`);
    if (labels.has(name)) return failed('label', `${place} is given twice`);
    if (!labelName.test(name)) return failed('label', `${place}: expected a name of letters, digits and _`);
    labels.set(name, Buffer.from(valueBytes).toString('utf8'));
  }
  const name = labels.get('__name__') ?? '';
  if (name === '') return failed('name', '__name__ is missing');
  if (!metricName.test(name))
    return failed('name', `__name__: expected letters, digits, _ and :, got ${shorten(name)}`);
  const others = [...labels].filter(([label, value]) => label !== '__name__' && value !== '');
  const counted = others.filter(([label]) => label !== 'job' && label !== 'instance').length;
  if (counted > pushLimits.maxLabels) return failed('limit', `more than ${pushLimits.maxLabels} labels`);
  return { name, labels: Object.fromEntries(others) };
}

function shorten(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}

function readPair(bytes: Uint8Array): { readonly name: Uint8Array; readonly value: Uint8Array } {
  let [name, value] = [new Uint8Array(0), new Uint8Array(0)] as [Uint8Array, Uint8Array];
  readMessage(bytes, {
    1: (reader) => {
      name = reader.bytes();
    },
    2: (reader) => {
      value = reader.bytes();
    },
  });
  return { name, value };
}

interface Losses {
  add(reason: RejectReason, message: string, samples?: number): void;
  all(): readonly Loss[];
}

/** Counts by reason; the first message of a reason stays. */
function createLosses(): Losses {
  const byReason = new Map<RejectReason, Loss>();
  return {
    add(reason, message, samples = 1) {
      const before = byReason.get(reason);
      byReason.set(reason, { reason, message: before?.message ?? message, samples: (before?.samples ?? 0) + samples });
    },
    all: () => [...byReason.values()],
  };
}

/** Returns valid samples in time order. The first of two samples at one time stays. */
function validSamples(samples: readonly ReadSample[], nowMs: number, losses: Losses): readonly ReadSample[] {
  const byTime = new Map<number, ReadSample>();
  for (const [index, sample] of samples.entries()) {
    const fault = timeFault(sample.timestampMs, nowMs);
    if (fault !== undefined) {
      losses.add(fault[0], `samples[${index}]: ${fault[1]}`);
      continue;
    }
    const before = byTime.get(sample.timestampMs);
    if (before === undefined) byTime.set(sample.timestampMs, sample);
    else if (!Object.is(before.value, sample.value) || before.isStale !== sample.isStale)
      losses.add('duplicate', `samples[${index}]: another value than the first one at ${sample.timestampMs}`);
  }
  return [...byTime.values()].sort((one, other) => one.timestampMs - other.timestampMs);
}

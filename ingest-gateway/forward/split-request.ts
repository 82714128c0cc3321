/** A queued request taken apart: into series to be sent apart, into samples to be compared, and together again. */
import { encodeLabels } from '../../common/remote-write/labels.ts';
import { compressBlock, uncompressBlock } from '../../common/remote-write/snappy.ts';
import { createWriteRequestWriter } from '../../common/remote-write/write.ts';
import { pushLimits } from '../ingest/limits.ts';
import { type ReadSeries, readWriteRequest } from '../remote-write/read.ts';
import { scanWriteRequest } from '../remote-write/scan.ts';

/** Its memory is kept from series to series. */
const writer = createWriteRequestWriter();

/** One series as it stands in a request, its tag included. */
export type SeriesBytes = Uint8Array;

/** It was checked when it was accepted. */
const unlimited = {
  maxLabels: Number.POSITIVE_INFINITY,
  maxValueBytes: Number.POSITIVE_INFINITY,
  oldestMs: 0,
  newestMs: Number.POSITIVE_INFINITY,
};

export function splitSeries(body: Uint8Array): SeriesBytes[] {
  const plain = uncompress(body);
  const parts: SeriesBytes[] = [];
  scanWriteRequest(plain, unlimited, ({ start, end }) => parts.push(plain.subarray(start, end)));
  return parts;
}

/** A request of these series. */
export function joinSeries(parts: readonly SeriesBytes[]): Uint8Array {
  return compressBlock(new Uint8Array(Buffer.concat(parts)));
}

export function readSeries(body: Uint8Array): ReadSeries[] {
  return readWriteRequest(uncompress(body));
}

/** The samples of one series, each half of them a series of its own; undefined when there is but one. */
export function splitSamples(series: SeriesBytes): readonly [SeriesBytes, SeriesBytes] | undefined {
  const [read] = readWriteRequest(series);
  if (read === undefined || read.samples.length < 2) return undefined;
  const middle = read.samples.length >> 1;
  return [
    writeSeries({ ...read, samples: read.samples.slice(0, middle) }),
    writeSeries({ ...read, samples: read.samples.slice(middle) }),
  ];
}

export function writeSeries({ labels, samples }: ReadSeries): SeriesBytes {
  const { __name__: name = '', ...others } = Object.fromEntries(labels);
  writer.add(
    encodeLabels(name, others),
    samples.map(({ timestampMs }) => timestampMs),
    samples.map(({ value, isStale }) => (isStale ? null : value)) as ArrayLike<number | null>,
  );
  return writer.finish().slice();
}

function uncompress(body: Uint8Array): Uint8Array {
  return uncompressBlock(body, { maxBytes: pushLimits.maxInflatedBytes });
}

/** Splits a queued remote write request into series and samples, and joins series into a request. */
import { createWriteRequestWriter, encodeLabels } from '../../common/remote-write/encode.ts';
import { compressBlock, readBlockLength, uncompressBlock } from '../../common/remote-write/snappy.ts';
import { type ReadSeries, readWriteRequest } from '../remote-write/read.ts';
import { scanWriteRequest } from '../remote-write/scan.ts';

/** One encoded series of a request, its protobuf tag included. */
export type SeriesBytes = Uint8Array;

/** The gateway checked the request when it accepted it. */
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

/** Returns a compressed request of encoded series. */
export function joinSeries(parts: readonly SeriesBytes[]): Uint8Array {
  return compressBlock(new Uint8Array(Buffer.concat(parts)));
}

export function readSeries(body: Uint8Array): ReadSeries[] {
  return readWriteRequest(uncompress(body));
}

/** Returns two series with half of the samples each; undefined when there is only one sample. */
export function splitSamples(series: SeriesBytes): readonly [SeriesBytes, SeriesBytes] | undefined {
  const [read] = readWriteRequest(series);
  if (read === undefined || read.samples.length < 2) return undefined;
  const middle = read.samples.length >> 1;
  const { labels, samples } = read;
  return [
    encodeSeries([{ labels, samples: samples.slice(0, middle) }]),
    encodeSeries([{ labels, samples: samples.slice(middle) }]),
  ];
}

/** Returns a compressed request of the series. */
export function writeRequest(series: readonly ReadSeries[]): Uint8Array {
  return compressBlock(encodeSeries(series));
}

function encodeSeries(series: readonly ReadSeries[]): Uint8Array {
  const writer = createWriteRequestWriter();
  for (const { labels, samples } of series) {
    const { __name__: name = '', ...others } = Object.fromEntries(labels);
    writer.add(
      encodeLabels(name, others),
      samples.map(({ timestampMs }) => timestampMs),
      samples.map(({ value, isStale }) => (isStale ? null : value)) as ArrayLike<number | null>,
    );
  }
  return writer.finish();
}

function uncompress(body: Uint8Array): Uint8Array {
  return uncompressBlock(body, { maxBytes: readBlockLength(body).length });
}

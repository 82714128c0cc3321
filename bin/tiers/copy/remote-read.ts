/**
 * Reads stored samples by Prometheus' remote read, as they were written: stale markers and every bit of a value included.
 * Source: https://github.com/prometheus/prometheus/blob/main/prompb/remote.proto
 */
import axios from 'axios';
import type { Matcher } from '../../../common/catalogue/expression.ts';
import { type HttpHeaders, revealHeaders } from '../../../common/program/settings/http-headers.ts';
import type { BasicAuth } from '../../../common/prometheus/connection.ts';
import { readMessage } from '../../../common/protobuf/read.ts';
import { createProtobufWriter } from '../../../common/protobuf/write.ts';
import { compressBlock, readBlockLength, uncompressBlock } from '../../../common/remote-write/snappy.ts';

export interface RemoteReadOptions {
  /** The server's URL with any path prefix, without a trailing slash. */
  readonly url: string;
  readonly basicAuth?: BasicAuth | undefined;
  readonly headers?: HttpHeaders | undefined;
  readonly timeoutMs: number;
  /** Limit of an uncompressed answer. */
  readonly maxBytes: number;
}

export interface ReadRange {
  readonly matchers: readonly Matcher[];
  /** Both ends included. */
  readonly startMs: number;
  readonly endMs: number;
  readonly signal: AbortSignal;
}

/** The answer is larger than allowed, or the server refuses or fails to assemble it: a shorter range may work. */
export class RangeTooLargeError extends Error {
  override readonly name = 'RangeTooLargeError';
}

/** A series as a message `TimeSeries`, which remote read and remote write share. */
export type SeriesBytes = Uint8Array;

const matcherTypes = { '=': 0, '!=': 1, '=~': 2, '!~': 3 } as const;

/** Returns one message a series. Throws a `RangeTooLargeError`, or an Error that explains the failure. */
export async function readSeries(options: RemoteReadOptions, range: ReadRange): Promise<readonly SeriesBytes[]> {
  const { basicAuth, maxBytes } = options;
  const limit = AbortSignal.timeout(options.timeoutMs);
  const response = await axios
    .post<Buffer>(`${options.url}/api/v1/read`, compressBlock(encodeRequest(range)), {
      headers: {
        ...revealHeaders(options.headers),
        'Content-Type': 'application/x-protobuf',
        'Content-Encoding': 'snappy',
        'X-Prometheus-Remote-Read-Version': '0.1.0',
        'User-Agent': 'hostpulse',
      },
      ...(basicAuth === undefined
        ? {}
        : { auth: { username: basicAuth.username, password: basicAuth.password.reveal() } }),
      proxy: false,
      maxRedirects: 0, // the headers may be credentials
      decompress: false,
      maxContentLength: maxBytes,
      responseType: 'arraybuffer',
      validateStatus: () => true,
      signal: AbortSignal.any([range.signal, limit]),
    })
    .catch((cause: unknown) => {
      range.signal.throwIfAborted();
      const { message, code = '' } = cause as { readonly message: string; readonly code?: string };
      if (limit.aborted || message.startsWith('maxContentLength')) throw new RangeTooLargeError(message, { cause });
      throw new Error(`${new URL(options.url).origin} cannot be reached (${code})`); // axios' error holds the password
    });
  const { status, data } = response;
  if (status === 200) return splitAnswer(data, maxBytes);
  const text = data.toString('utf8', 0, 300).trim();
  if (/exceeded sample limit|too many samples|timed? ?out/i.test(text)) throw new RangeTooLargeError(text);
  throw new Error(`remote read of ${new URL(options.url).origin}: status ${status}: ${text}`);
}

/** Asks for samples, not for chunks: `accepted_response_types` is left out. */
function encodeRequest({ matchers, startMs, endMs }: ReadRange): Uint8Array {
  const writer = createProtobufWriter();
  writer.message(1, () => {
    writer.varint(1, startMs);
    writer.varint(2, endMs);
    for (const { label, operator, value } of matchers)
      writer.message(3, () => {
        writer.varint(1, matcherTypes[operator]);
        writer.string(2, label);
        writer.string(3, value);
      });
  });
  return writer.finish();
}

function splitAnswer(block: Uint8Array, maxBytes: number): readonly SeriesBytes[] {
  const { length } = readBlockLength(block);
  if (length > maxBytes) throw new RangeTooLargeError(`an answer of ${length} bytes`);
  const series: SeriesBytes[] = [];
  const readResult = (result: Uint8Array): void => readMessage(result, { 1: (field) => series.push(field.bytes()) });
  readMessage(uncompressBlock(block, { maxBytes }), { 1: (field) => readResult(field.bytes()) });
  return series;
}

/** Returns the number of samples of a series. */
export function countSamples(series: SeriesBytes): number {
  let count = 0;
  readMessage(series, {
    2: () => {
      count += 1;
    },
  });
  return count;
}

/** Negotiates the format and the encoding of a response (RFC 9110, section 12.5), compresses the response and sends it. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from '../../common/http/node-http.ts';
import { type ExpositionFormat, openMetricsFormat, textFormat } from '../exposition/exposition.ts';

export interface HttpResponse {
  readonly status: number;
  readonly contentType: string;
  /** In parts that are sent one after the other. */
  readonly body: readonly string[];
  readonly headers?: OutgoingHttpHeaders;
}

/** Sends the body for GET and the headers alone for HEAD. Throws when compression fails; nothing is sent then. */
export type SendResponse = (request: IncomingMessage, response: ServerResponse, content: HttpResponse) => void;

export const plainText = 'text/plain; charset=utf-8';

/** Minimum length of a compressed body. A shorter body fits into one or two packets without compression. */
const minCompressedLength = 1_400;

/** Returns a function that sends responses. Loads zlib for the first client that accepts a compression. */
export function createSendResponse(): SendResponse {
  const compressions = new Map<Encoding, Compress>();

  function compress(encoding: Encoding, body: readonly string[]): string {
    let each = compressions.get(encoding);
    if (each === undefined) compressions.set(encoding, (each = createCompress(encoding)));
    return each(body);
  }

  return (request, response, { status, contentType, body, headers: more }) => {
    const headers: OutgoingHttpHeaders = { 'Content-Type': contentType, ...more };
    let payload = body;
    let charset: BufferEncoding = 'utf8';
    if (body.length > 1 || (body[0] ?? '').length >= minCompressedLength) {
      headers['Vary'] = 'Accept, Accept-Encoding';
      const encoding = negotiateEncoding(request.headers['accept-encoding']);
      if (encoding !== undefined) {
        payload = [compress(encoding, body)];
        charset = 'latin1';
        headers['Content-Encoding'] = encoding;
      }
    }
    headers['Content-Length'] = payload.reduce((sum, part) => sum + Buffer.byteLength(part, charset), 0);
    response.writeHead(status, headers);
    const [last, ...before] = request.method === 'HEAD' ? [] : payload.toReversed();
    for (const part of before.reverse()) response.write(part, charset);
    response.end(last, charset);
  };
}

/** An element of a list such as `text/plain;version=0.0.4;q=0.3, *\/*;q=0.2`, in lower case. */
interface Element {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** From 0 (not acceptable) to 1. NaN when it is malformed, which is not acceptable either. */
  readonly weight: number;
}

function parseList(header: string): readonly Element[] {
  return header
    .toLowerCase()
    .split(',')
    .map((element) => {
      const [value = '', ...pairs] = element.split(';').map((each) => each.trim());
      const parameters = new Map<string, string>();
      for (const pair of pairs) {
        const [name = '', content = ''] = pair.split('=', 2).map((each) => each.trim());
        parameters.set(name, content.replaceAll('"', ''));
      }
      return { value, parameters, weight: Number(parameters.get('q') ?? 1) };
    });
}

/** Versions by media type. Prometheus' text format 1.0.0 is 0.0.4 with quoted names, which this exposition never needs. */
const formats: readonly (readonly [type: string, versions: readonly string[], format: ExpositionFormat])[] = [
  ['application/openmetrics-text', ['1.0.0'], openMetricsFormat],
  ['text/plain', ['0.0.4', '1.0.0'], textFormat],
  ['text/*', [], textFormat],
  ['*/*', [], textFormat],
];

/**
 * Returns the format with the highest weight in an `Accept` header, the first one among equals. Returns the text format without a
 * header, and when the header accepts neither format. Ignores parameters other than `version` and `q`, such as `escaping`.
 */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  if (accept === undefined || accept === '*/*') return textFormat;
  let best = textFormat;
  let bestWeight = 0;
  for (const { value, parameters, weight } of parseList(accept)) {
    const version = parameters.get('version');
    const match = formats.find(
      ([type, versions]) => type === value && (version === undefined || versions.includes(version)),
    );
    if (match === undefined || !(weight > bestWeight)) continue;
    [best, bestWeight] = [match[2], weight];
  }
  return best;
}

export type Encoding = 'zstd' | 'gzip';

/** In the order of preference among equal weights: zstd takes two thirds of the CPU time of gzip. */
const encodings: readonly Encoding[] = ['zstd', 'gzip'];

/**
 * Returns the encoding with the highest weight in an `Accept-Encoding` header, or undefined for an uncompressed response. `*` means
 * gzip, which more clients decode.
 */
export function negotiateEncoding(acceptEncoding: string | undefined): Encoding | undefined {
  if (acceptEncoding === undefined) return undefined;
  if (acceptEncoding === 'gzip') return 'gzip';
  const weights = new Map(parseList(acceptEncoding).map(({ value, weight }) => [value, weight]));
  const weightOf = (encoding: Encoding): number =>
    weights.get(encoding) ?? weights.get(`x-${encoding}`) ?? (encoding === 'gzip' ? weights.get('*') : undefined) ?? 0;
  let best: Encoding | undefined;
  // A client that lists `identity` prefers it to encodings of a lower weight.
  let bestWeight = (weights.get('identity') ?? 0) - Number.EPSILON;
  for (const encoding of encodings) {
    const weight = weightOf(encoding);
    if (weight > 0 && weight > bestWeight) [best, bestWeight] = [encoding, weight];
  }
  return best;
}

/**
 * Compresses the parts of a text as UTF-8 in the calling thread, because a round trip through zlib's threads costs twice the time of a page; one byte per character: send the result as latin1. A string is freed by the next minor
 * garbage collection; a buffer stays until a full one.
 */
export type Compress = (parts: readonly string[]) => string;

/** The fastest level. A window of 16 KiB suffices, because an exposition repeats itself within a few lines. */
const gzipOptions = { level: 1, windowBits: 14, memLevel: 7 };
const zstdLevel = 1;

/** UTF-8 has at most three bytes for a UTF-16 code unit. */
const maxBytesPerUnit = 3;
/** The longest buffer that is kept. */
const maxKeptBytes = 1_024 * 1_024;

/** Returns a function that compresses into a gzip file (RFC 1952) or a zstd frame (RFC 8878). */
export function createCompress(encoding: Encoding): Compress {
  const { constants, gzipSync, zstdCompressSync } = process.getBuiltinModule('node:zlib');
  const zstdOptions = { params: { [constants.ZSTD_c_compressionLevel]: zstdLevel } };
  // Reused between calls; replaced by a larger buffer when a text may not fit.
  let kept = Buffer.allocUnsafeSlow(64 * 1_024 * maxBytesPerUnit);
  return (parts) => {
    // The exact length would cost more than the unused pages of a buffer, which take no memory.
    const length = parts.reduce((sum, part) => sum + part.length, 0) * maxBytesPerUnit;
    const source = length <= kept.length ? kept : Buffer.allocUnsafeSlow(length);
    if (length <= maxKeptBytes) kept = source;
    let end = 0;
    for (const part of parts) end += source.write(part, end);
    const bytes = source.subarray(0, end);
    return (encoding === 'gzip' ? gzipSync(bytes, gzipOptions) : zstdCompressSync(bytes, zstdOptions)).toString(
      'latin1',
    );
  };
}

/** Negotiates the format and the encoding of a response from the headers of its request. Source: RFC 9110, section 12.5 */
import { type ExpositionFormat, openMetricsFormat, textFormat } from '../exposition/format.ts';

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

/** The labels of a series as remote write wants them: sorted by name, unique, none empty; encoded once, repeated in every request. */

/** Repeated `Label` fields of a `TimeSeries`, ready to be copied into it. */
export type LabelBytes = Uint8Array;

const encoder = new TextEncoder();

/** `TimeSeries.labels`, field 1, length-delimited. */
const labelTag = 0x0a;

/**
 * Encodes name and labels. Labels with an empty value are left out: to Prometheus they are absent. Throws for an empty
 * or malformed name, which a receiver may store and nobody could ask for.
 */
export function encodeLabels(name: string, labels: Readonly<Record<string, string>>): LabelBytes {
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name))
    throw new Error(`metric name: expected letters, digits and _, got "${name}"`);
  const pairs: (readonly [string, string])[] = [['__name__', name]];
  for (const [label, value] of Object.entries(labels)) {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) || label === '__name__')
      throw new Error(`label name of ${name}: expected letters, digits and _, got "${label}"`);
    if (value !== '') pairs.push([label, value]);
  }
  // Names are ASCII, so the order of UTF-16 units is the order of bytes that Prometheus sorts by.
  pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  const bytes: number[] = [];
  for (const [label, value] of pairs) bytes.push(...encodePair(label, value));
  return Uint8Array.from(bytes);
}

/** One `Label` field, for whoever puts a series' labels together from parts; checks nothing. */
export function encodeLabel(label: string, value: string): LabelBytes {
  return Uint8Array.from(encodePair(label, value));
}

function encodePair(label: string, value: string): number[] {
  const message = [...lengthDelimited(0x0a, encoder.encode(label)), ...lengthDelimited(0x12, encoder.encode(value))];
  return lengthDelimited(labelTag, message);
}

function lengthDelimited(tag: number, content: ArrayLike<number>): number[] {
  return [tag, ...varint(content.length), ...Array.from(content)];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return [...bytes, rest];
}

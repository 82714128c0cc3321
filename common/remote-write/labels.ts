/** Encodes the labels of a series for remote write: sorted by name, unique, not empty. */
import { varintLength, writeVarint } from '../protobuf/varint.ts';

/** Repeated `Label` fields of a `TimeSeries`, ready to be copied into every request. */
export type LabelBytes = Uint8Array;

const encoder = new TextEncoder();

/** `TimeSeries.labels`; `Label.name`, `Label.value`. */
const tags = { label: 0x0a, name: 0x0a, value: 0x12 } as const;

/**
 * Encodes the metric name and the labels. Omits labels with an empty value, which Prometheus treats as absent. Throws for an
 * empty or malformed name: receivers may store such a series, but no query can select it.
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
  const parts = sortByName(pairs).map(([label, value]) => encodeLabel(label, value));
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Encodes one `Label` field without checks, for callers that assemble the labels of a series from parts. */
export function encodeLabel(label: string, value: string): LabelBytes {
  const [name, text] = [encoder.encode(label), encoder.encode(value)];
  const length = fieldLength(name) + fieldLength(text);
  const bytes = new Uint8Array(1 + varintLength(length) + length);
  bytes[0] = tags.label;
  const at = writeField(bytes, writeVarint(bytes, 1, length), tags.name, name);
  writeField(bytes, at, tags.value, text);
  return bytes;
}

function fieldLength({ length }: Uint8Array): number {
  return 1 + varintLength(length) + length;
}

function writeField(bytes: Uint8Array, at: number, tag: number, content: Uint8Array): number {
  bytes[at] = tag;
  const start = writeVarint(bytes, at + 1, content.length);
  bytes.set(content, start);
  return start + content.length;
}

/** Returns a key that does not depend on the order of the labels. */
export function labelKey(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(sortByName(Object.entries(labels)));
}

/** Sorts in place. Names are ASCII, so the order of UTF-16 units is the order of bytes that Prometheus sorts by. */
function sortByName<Pair extends readonly [name: string, value: string]>(pairs: Pair[]): Pair[] {
  return pairs.sort(([a], [b]) => (a < b ? -1 : 1));
}

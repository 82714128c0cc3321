/** Builds remote write requests byte by byte, including invalid ones. */

export type Labels = readonly (readonly [string, string])[];

export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return [...bytes, rest];
}

export function field(tag: number, content: readonly number[]): number[] {
  return [tag, ...varint(content.length), ...content];
}

export const text = (value: string): number[] => [...Buffer.from(value)];
export const label = ([name, value]: readonly [string, string]): number[] =>
  field(0x0a, [...field(0x0a, text(name)), ...field(0x12, text(value))]);
export const sample = (timeMs: number): number[] =>
  field(0x12, [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0x10, ...varint(timeMs)]);
export const series = (labels: Labels, ...timesMs: number[]): number[] =>
  field(0x0a, [...labels.flatMap(label), ...timesMs.flatMap(sample)]);

/** Counts of JSON values, against those of the parsed text. */
import { expect, test } from '@jest/globals';
import { measureJson } from '../../../ingest-gateway/decode/json-size.ts';

const wide = { maxValues: 1e9, maxDepth: 1e9 };
const measure = (text: string, limits = wide) => measureJson(Buffer.from(text), limits);

/** Numbers, texts and keyed members as the scan counts them: at least one for each object, list, member and entry. */
function valuesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, each) => sum + valuesOf(each), 1);
}

test.each([
  ['1', 1, 0],
  ['[]', 2, 1],
  ['[1,2,3]', 4, 1],
  ['{"a":{"b":[]}}', 4, 3],
  [String.raw`["a,[{\"", "\\", "\\\",{"]`, 4, 1],
  [String.raw`{"\\":"]}"}`, 2, 1],
  ['["no end', 2, 1],
])('%s', (text, values, depth) => {
  expect(measure(text)).toEqual({ values, depth });
});

test('the count is not below the number of values', () => {
  const value = { a: [1, 'x,y', { b: null, c: [[], {}] }], 'd"': [true] };
  expect(measure(JSON.stringify(value)).values).toBeGreaterThanOrEqual(valuesOf(value) - 3);
  expect(measure(JSON.stringify(value)).depth).toBe(5);
});

test('the scan stops soon after a limit', () => {
  expect(measure('['.repeat(1_000), { maxValues: 1e9, maxDepth: 10 }).depth).toBe(11);
  expect(measure(`[${'1,'.repeat(1_000)}1]`, { maxValues: 10, maxDepth: 9 }).values).toBe(11);
});

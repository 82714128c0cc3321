import { expect, test } from '@jest/globals';
import { writeRpmHeader } from '../../../../scripts/package/archive/rpm-header.ts';

const entryBytes = 16;
const prefixBytes = 16;

test('writes a sorted index, aligned values and the region', () => {
  const header = writeRpmHeader(
    63,
    new Map([
      [1028, { type: 'int32', values: [1, 2] }],
      [1000, { type: 'string', value: 'abc' }],
      [1030, { type: 'int16', values: [0o100644] }],
      [1117, { type: 'strings', values: ['x', 'yz'] }],
    ]),
  );
  expect(header.toString('hex', 0, 8)).toBe('8eade80100000000');
  const [count, length] = [header.readUInt32BE(8), header.readUInt32BE(12)];
  expect([count, header.length]).toEqual([5, prefixBytes + count * entryBytes + length]);
  const entries = Array.from({ length: count }, (_, at) =>
    [0, 4, 8, 12].map((field) => header.readInt32BE(prefixBytes + at * entryBytes + field)),
  );
  const store = header.subarray(prefixBytes + count * entryBytes);
  expect(entries.map(([tag, type, , values]) => [tag, type, values])).toEqual([
    [63, 7, 16],
    [1000, 6, 1],
    [1028, 4, 2],
    [1030, 3, 1],
    [1117, 8, 2],
  ]);
  const [region, name, sizes, modes, names] = entries.map(([, , offset]) => offset as number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  expect(store.toString('latin1', name, name + 4)).toBe('abc\0');
  expect([sizes % 4, store.readUInt32BE(sizes), store.readUInt32BE(sizes + 4)]).toEqual([0, 1, 2]);
  expect([modes % 2, store.readUInt16BE(modes)]).toEqual([0, 0o100644]);
  expect(store.toString('latin1', names, names + 5)).toBe('x\0yz\0');
  // The region's value names the index entries that it covers, counted backwards.
  expect([0, 4, 8, 12].map((field) => store.readInt32BE(region + field))).toEqual([63, 7, -5 * entryBytes, 16]);
});

/** Varints: every length, both directions, and bytes that are none. */
import { expect, test } from '@jest/globals';
import { readInt64, readVarint, varintEnd, varintLength, writeVarint } from '../../../common/protobuf/varint.ts';
import { varint } from '../../support/protobuf.ts';

/** The smallest and the largest value of every length, and the limits of 32 bits and of exact numbers. */
const values = [
  ...Array.from({ length: 8 }, (_, at) => [2 ** (7 * at) - (at === 0 ? 1 : 0), 2 ** (7 * at + 7) - 1]).flat(),
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
].filter((value) => value < 2 ** 53);

test.each(values)('%d is written as protobuf writes it and read back', (value) => {
  const expected = varint(value);
  const bytes = new Uint8Array(16).fill(0xff);
  const end = writeVarint(bytes, 3, value);
  expect([...bytes.subarray(3, end)]).toEqual([...expected]);
  expect([bytes[2], bytes[end]]).toEqual([0xff, 0xff]);
  expect(varintLength(value)).toBe(expected.length);
  expect(varintEnd(bytes, 3, bytes.length)).toBe(end);
  expect(readVarint(bytes, 3, end)).toBe(value);
  expect(readInt64(bytes, 3, end)).toBe(value);
});

test.each([-1, -127, -(2 ** 31), -(2 ** 53)])('%d is read in two’s complement', (value) => {
  const bytes = varint(value);
  expect(bytes).toHaveLength(10);
  expect(readInt64(bytes, 0, varintEnd(bytes, 0, 10))).toBe(value);
});

test.each([
  ['zero in two bytes', [0x80, 0x00], 0],
  ['one in ten bytes', [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], 1],
])('%s', (_, bytes, value) => {
  const end = varintEnd(Uint8Array.from(bytes), 0, bytes.length);
  expect(end).toBe(bytes.length);
  expect([readVarint(Uint8Array.from(bytes), 0, end), readInt64(Uint8Array.from(bytes), 0, end)]).toEqual([
    value,
    value,
  ]);
});

test('a varint that is cut anywhere, or of eleven bytes, has no end', () => {
  for (const value of values) {
    const bytes = varint(value);
    for (let limit = 0; limit < bytes.length; limit++) expect(varintEnd(bytes, 0, limit)).toBe(0);
  }
  expect(varintEnd(new Uint8Array(20).fill(0x80), 0, 20)).toBe(0);
  expect(varintEnd(Uint8Array.from([...Array<number>(10).fill(0x80), 0]), 0, 11)).toBe(0);
});

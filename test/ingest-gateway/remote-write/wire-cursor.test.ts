/** Every step of the cursor: where it ends, and that it never passes the end of the message. */
import { describe, expect, test } from '@jest/globals';
import { MalformedRequestError, WireCursor } from '../../../ingest-gateway/remote-write/wire-cursor.ts';
import { varint } from '../../support/protobuf.ts';

/** Runs one step at offset 2 of bytes that go on behind the end, and returns the step's result and the position. */
function step(bytes: readonly number[], run: (cursor: WireCursor, end: number) => unknown): unknown[] {
  const cursor = new WireCursor(Uint8Array.from([0xff, 0xff, ...bytes, ...Array<number>(16).fill(1)]));
  cursor.position = 2;
  const result = run(cursor, 2 + bytes.length);
  return [result, cursor.position - 2];
}

describe('varint', () => {
  const read = (cursor: WireCursor, end: number): number => cursor.varint(end);
  test.each([0, 1, 127, 128, 16_383, 16_384, 2 ** 32, 2 ** 53 - 1])('%d, and cut at every byte', (value) => {
    const bytes = [...varint(value)];
    expect(step(bytes, read)).toEqual([value, bytes.length]);
    for (let length = 0; length < bytes.length; length++)
      expect(() => step(bytes.slice(0, length), read)).toThrow('the request ends inside a number');
  });

  test('longer than needed is read, longer than ten bytes is malformed', () => {
    expect(step([0x80, 0x00], read)).toEqual([0, 2]);
    expect(step([...Array<number>(9).fill(0xff), 0x01], read)).toEqual([2 ** 64, 10]);
    expect(() => step([...Array<number>(10).fill(0x80), 0x01], read)).toThrow('a number of more than ten bytes');
  });
});

describe('key', () => {
  test.each([
    [[0x0a], 0x0a],
    [[0x8a, 0x00], 0x0a],
    [[0xf8, 0xff, 0xff, 0xff, 0x0f], 0xffff_fff8],
  ])('%j', (bytes, key) => {
    expect(step(bytes, (cursor, end) => cursor.key(end))).toEqual([key, bytes.length]);
  });

  test.each([[[0x00]], [[0x07]], [[0x80, 0x80, 0x80, 0x80, 0x10]]])('%j has no field number', (bytes) => {
    expect(() => step(bytes, (cursor, end) => cursor.key(end))).toThrow('a field without a number');
  });
});

test('content ends within the message or is malformed', () => {
  const read = (cursor: WireCursor, end: number): number => cursor.contentEnd(end) - cursor.position;
  expect(step([0], read)).toEqual([0, 1]);
  expect(step([3, 1, 1, 1], read)).toEqual([3, 1]);
  for (const bytes of [[1], [4, 1, 1, 1], [0xff, 0xff, 0xff, 0xff, 0x0f, 1]])
    expect(() => step(bytes, read)).toThrow('the request ends inside a field');
});

describe('skip', () => {
  test.each([
    ['varint', 0x08, [0x96, 0x01]],
    ['fixed64', 0x09, [1, 2, 3, 4, 5, 6, 7, 8]],
    ['length-delimited', 0x0a, [2, 1, 2]],
    ['fixed32', 0x0d, [1, 2, 3, 4]],
  ])('%s, and cut at every byte', (_, key, value) => {
    expect(step(value, (cursor, end) => cursor.skip(key, end))).toEqual([undefined, value.length]);
    for (let length = 0; length < value.length; length++)
      expect(() => step(value.slice(0, length), (cursor, end) => cursor.skip(key, end))).toThrow(MalformedRequestError);
  });

  test.each([3, 4, 6, 7])('wire type %d is malformed', (type) => {
    expect(() => step([0, 0], (cursor, end) => cursor.skip(8 + type, end))).toThrow(
      `wire type: expected one of protobuf 3, got ${type}`,
    );
  });
});

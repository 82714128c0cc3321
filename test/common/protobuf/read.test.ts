/** The protobuf reader: every wire type, skipped fields, and malformed messages. */
import { expect, test } from '@jest/globals';
import { type Fields, readMessage } from '../../../common/protobuf/read.ts';
import { double, fixed64, integer, message, text } from '../../support/protobuf.ts';

/** Reads field n with the reader's method of type n. */
function read(bytes: Uint8Array): unknown[] {
  const found: unknown[] = [];
  const fields: Fields = {
    1: (reader) => found.push(reader.int64()),
    2: (reader) => found.push(reader.string()),
    3: (reader) => found.push(reader.double()),
    4: (reader) => found.push([...reader.bytes()]),
    5: (reader) => {
      const { view, offset } = reader.fixed64();
      found.push(view.getBigUint64(offset, true));
    },
    6: (_, type) => found.push(`type ${type}`),
  };
  readMessage(bytes, fields);
  return found;
}

const whole = [
  integer(1, 300),
  text(2, 'wéb'),
  double(3, -0.5),
  message(4, Buffer.from([1, 2])),
  fixed64(5, 2n ** 63n),
  integer(1, -7),
];

test('every kind of value, in the order of the message', () => {
  expect(read(Buffer.concat(whole))).toEqual([300, 'wéb', -0.5, [1, 2], 2n ** 63n, -7]);
});

test('fields without a callback, or whose callback does not read them, are skipped', () => {
  const unknown = [integer(9, -1), text(100, 'x'), double(9, 1), Buffer.from([0x4d, 0, 0, 0, 0])];
  const unread = [integer(6, 1), text(6, 'x'), fixed64(6, 1n)];
  expect(read(Buffer.concat([...unknown, ...unread, integer(1, 5)]))).toEqual(['type 0', 'type 2', 'type 1', 5]);
});

test('a message that ends inside a field throws a RangeError, wherever that is', () => {
  for (const field of [...whole, text(9, 'skipped'), double(9, 1), Buffer.from([0x4d, 0, 0, 0, 0])])
    for (let length = 1; length < field.length; length++)
      expect(() => read(field.subarray(0, length))).toThrow(RangeError);
});

test.each([
  ['field number 0', [0x00, 0], 'field number: expected 1 or more, got 0'],
  ['a group', [0x4b], 'wire type: expected one of protobuf 3, got 3'],
  ['another wire type than the callback reads', [0x0a, 0], 'wire type: expected 0, got 2'],
  ['a varint of eleven bytes', [0x08, ...Array<number>(10).fill(0xff), 0], 'longer than ten bytes'],
  ['a length of 2^63', [0x12, ...Array<number>(9).fill(0x80), 1], 'ends inside a field'],
])('%s', (_, bytes, expected) => {
  expect(() => read(Uint8Array.from(bytes))).toThrow(expected);
});

test('text that is not UTF-8', () => {
  expect(() => read(message(2, Buffer.from([0xc3, 0x28])))).toThrow('not valid for encoding utf-8');
});

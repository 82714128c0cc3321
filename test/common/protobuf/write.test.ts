/** The protobuf writer against messages written by hand. */
import { expect, test } from '@jest/globals';
import { createProtobufWriter } from '../../../common/protobuf/write.ts';
import { double, fixed64, integer, message, text } from '../../support/protobuf.ts';

test('every kind of field, nested messages and fields encoded elsewhere', () => {
  const writer = createProtobufWriter();
  writer.varint(1, 2 ** 40);
  writer.message(2, () => {
    writer.string(1, 'wéb');
    writer.message(2, () => writer.double(3, -0.5));
    writer.message(3, () => undefined);
  });
  writer.fixed64(4, 2n ** 63n);
  writer.raw(integer(5, 7));
  expect(Buffer.from(writer.finish())).toEqual(
    Buffer.concat([
      integer(1, 2 ** 40),
      message(2, text(1, 'wéb'), message(2, double(3, -0.5)), message(3)),
      fixed64(4, 2n ** 63n),
      integer(5, 7),
    ]),
  );
});

test('messages larger than the first memory, with lengths of one to four bytes', () => {
  const writer = createProtobufWriter();
  for (const size of [0, 127, 128, 16_383, 16_384, 2_100_000]) {
    writer.message(1, () => writer.string(2, 'x'.repeat(size)));
    expect(Buffer.from(writer.finish()).equals(message(1, text(2, 'x'.repeat(size))))).toBe(true);
  }
});

/**
 * Walks protobuf messages field by field; which fields mean what is the caller's.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */

/** Wire types. */
export const wire = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

/** Reads the value of the field at hand; each call moves on. Throws a `RangeError` at the end of the bytes. */
export interface ProtobufReader {
  bytes(): Uint8Array;
  string(): string;
  /** Exact up to 2^53, in two's complement below 0. */
  int64(): number;
  /** Where the eight bytes are. */
  fixed64(): { readonly view: DataView; readonly offset: number };
}

/** Told each field's number, its reader and its wire type; answers false for a field that it leaves unread. */
export type OnField = (field: number, reader: ProtobufReader, type: number) => boolean;

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Calls `onField` for every field in order; skips those it leaves. Throws for bytes that are no message. */
export function readMessage(bytes: Uint8Array, onField: OnField): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;
  let type = 0;

  function need(expected: number, count: number): number {
    if (type !== expected) throw new RangeError(`wire type: expected ${expected}, got ${type}`);
    return take(count);
  }

  function take(count: number): number {
    const start = position;
    if (count < 0 || start + count > bytes.length) throw new RangeError('the message ends inside a field');
    position += count;
    return start;
  }

  function varint(): bigint | number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 7; count++) {
      const byte = bytes[take(1)] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
    return longVarint(value);
  }

  /** Above 49 bits. */
  function longVarint(low: number): bigint {
    let value = BigInt(low);
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = bytes[take(1)] as number;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw new RangeError('a varint of more than ten bytes');
  }

  const reader: ProtobufReader = {
    bytes() {
      need(wire.lengthDelimited, 0);
      const length = Number(varint());
      const start = take(length);
      return bytes.subarray(start, start + length);
    },
    string: () => decoder.decode(reader.bytes()),
    int64() {
      need(wire.varint, 0);
      return Number(varint());
    },
    fixed64: () => ({ view, offset: need(wire.fixed64, 8) }),
  };

  function skip(): void {
    if (type === wire.varint) varint();
    else if (type === wire.fixed64) take(8);
    else if (type === wire.lengthDelimited) reader.bytes();
    else if (type === wire.fixed32) take(4);
    else throw new RangeError(`wire type ${type} is none that protobuf 3 writes`);
  }

  while (position < bytes.length) {
    const key = Number(varint());
    type = key & 7;
    const field = Math.floor(key / 8);
    if (field < 1) throw new RangeError(`field number: expected 1 or more, got ${field}`);
    if (!onField(field, reader, type)) skip();
  }
}

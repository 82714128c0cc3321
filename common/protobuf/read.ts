/**
 * Reads protobuf messages field by field, without schemas.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
import { readInt64, readVarint, varintEnd } from './varint.ts';

/** Wire types. */
export const wire = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

/** Reads the value of the current field. Every method throws a `RangeError` when the wire type differs or the message ends. */
export interface ProtobufReader {
  /** A view of the message's bytes. */
  bytes(): Uint8Array;
  /** Throws a `TypeError` when the bytes are not UTF-8. */
  string(): string;
  /** Exact between -2^53 and 2^53. */
  int64(): number;
  double(): number;
  /** The position of the eight bytes. */
  fixed64(): { readonly view: DataView; readonly offset: number };
}

/** A callback per field number, with the field's wire type. A callback reads the value once, or not at all to skip the field. */
export type Fields = Readonly<Record<number, (reader: ProtobufReader, type: number) => unknown>>;

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Calls the callback of each field in the order of the message; fields without one are skipped. Throws a `RangeError` for malformed bytes. */
export function readMessage(bytes: Uint8Array, fields: Fields): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;
  let type = 0;

  /** Returns the start of the next `count` bytes and moves behind them. */
  function take(count: number): number {
    const start = position;
    if (start + count > bytes.length) throw new RangeError('the message ends inside a field');
    position += count;
    return start;
  }

  function takeVarint(): number {
    const start = position;
    const end = varintEnd(bytes, start, bytes.length);
    if (end === 0) throw new RangeError('the message ends inside a varint, or the varint is longer than ten bytes');
    position = end;
    return start;
  }

  function expectType(expected: number): void {
    if (type !== expected) throw new RangeError(`wire type: expected ${expected}, got ${type}`);
  }

  const varint = (): number => readVarint(bytes, takeVarint(), position);
  const reader: ProtobufReader = {
    bytes() {
      expectType(wire.lengthDelimited);
      const length = varint();
      const start = take(length);
      return bytes.subarray(start, start + length);
    },
    string: () => decoder.decode(reader.bytes()),
    int64() {
      expectType(wire.varint);
      return readInt64(bytes, takeVarint(), position);
    },
    double() {
      const { offset } = reader.fixed64();
      return view.getFloat64(offset, true);
    },
    fixed64() {
      expectType(wire.fixed64);
      return { view, offset: take(8) };
    },
  };

  function skip(): void {
    if (type === wire.varint) takeVarint();
    else if (type === wire.fixed64) take(8);
    else if (type === wire.lengthDelimited) take(varint());
    else if (type === wire.fixed32) take(4);
    else throw new RangeError(`wire type: expected one of protobuf 3, got ${type}`);
  }

  while (position < bytes.length) {
    const key = varint();
    type = key % 8;
    const field = Math.floor(key / 8);
    if (field < 1) throw new RangeError(`field number: expected 1 or more, got ${field}`);
    const start = position;
    fields[field]?.(reader, type);
    if (position === start) skip();
  }
}

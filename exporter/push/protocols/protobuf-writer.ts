/**
 * Writes protobuf messages field by field into memory that is kept from message to message.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
import { wire } from '../../../common/protobuf/read.ts';

/** Field numbers up to 15: their tags are one byte. */
export interface ProtobufWriter {
  /** A message inside the message: what `content` writes. */
  message(field: number, content: () => void): void;
  string(field: number, text: string): void;
  /** Whole, not negative, up to 2^53. */
  varint(field: number, value: number): void;
  double(field: number, value: number): void;
  fixed64(field: number, value: bigint): void;
  /** Fields that were written elsewhere. */
  raw(bytes: Uint8Array): void;
  /** The message so far; the bytes are the writer's and change with the next message. */
  finish(): Uint8Array;
}

const firstSize = 16 * 1024;
/** Of a length; below 2^35. */
const maxLengthBytes = 5;

export function createProtobufWriter(): ProtobufWriter {
  const encoder = new TextEncoder();
  let bytes = new Uint8Array(firstSize);
  let view = new DataView(bytes.buffer);
  let length = 0;

  function reserve(count: number): void {
    if (length + count <= bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * bytes.length, length + count));
    larger.set(bytes.subarray(0, length));
    bytes = larger;
    view = new DataView(larger.buffer);
  }

  function tag(field: number, type: number): void {
    bytes[length++] = field * 8 + type;
  }

  function writeVarint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      bytes[length++] = (rest % 0x80) + 0x80;
      rest = Math.floor(rest / 0x80);
    }
    bytes[length++] = rest;
  }

  return {
    message(field, content) {
      reserve(1 + maxLengthBytes);
      tag(field, wire.lengthDelimited);
      const at = length;
      // The content is written behind the longest length, and moved once its length is known.
      length += maxLengthBytes;
      content();
      const [start, end] = [at + maxLengthBytes, length];
      length = at;
      writeVarint(end - start);
      bytes.copyWithin(length, start, end);
      length += end - start;
    },
    string(field, text) {
      const encoded = encoder.encode(text);
      reserve(1 + maxLengthBytes + encoded.length);
      tag(field, wire.lengthDelimited);
      writeVarint(encoded.length);
      bytes.set(encoded, length);
      length += encoded.length;
    },
    varint(field, value) {
      reserve(11);
      tag(field, wire.varint);
      writeVarint(value);
    },
    double(field, value) {
      reserve(9);
      tag(field, wire.fixed64);
      view.setFloat64(length, value, true);
      length += 8;
    },
    fixed64(field, value) {
      reserve(9);
      tag(field, wire.fixed64);
      view.setBigUint64(length, value, true);
      length += 8;
    },
    raw(fields) {
      reserve(fields.length);
      bytes.set(fields, length);
      length += fields.length;
    },
    finish() {
      const message = bytes.subarray(0, length);
      length = 0;
      return message;
    },
  };
}

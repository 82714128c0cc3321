/**
 * Writes protobuf messages field by field and reuses memory between messages.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
import { wire } from './read.ts';
import { writeVarint } from './varint.ts';

/** Field numbers must be 1 to 15: their tags are one byte. */
export interface ProtobufWriter {
  /** A nested message with the fields that `content` writes. */
  message(field: number, content: () => void): void;
  string(field: number, text: string): void;
  /** An integer from 0 to 2^53. */
  varint(field: number, value: number): void;
  double(field: number, value: number): void;
  fixed64(field: number, value: bigint): void;
  /** Fields that are encoded already. */
  raw(bytes: Uint8Array): void;
  /** Returns the message as a view of the writer's memory, which the next message overwrites. */
  finish(): Uint8Array;
}

const firstSize = 16 * 1024;
/** Bytes reserved for the length of a nested message. */
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

  return {
    message(field, content) {
      reserve(1 + maxLengthBytes);
      tag(field, wire.lengthDelimited);
      const at = length;
      // The content is written behind space for the longest length, then moved to where the length ends.
      length += maxLengthBytes;
      content();
      const [start, end] = [at + maxLengthBytes, length];
      length = writeVarint(bytes, at, end - start);
      bytes.copyWithin(length, start, end);
      length += end - start;
    },
    string(field, text) {
      const encoded = encoder.encode(text);
      reserve(1 + maxLengthBytes + encoded.length);
      tag(field, wire.lengthDelimited);
      length = writeVarint(bytes, length, encoded.length);
      bytes.set(encoded, length);
      length += encoded.length;
    },
    varint(field, value) {
      reserve(11);
      tag(field, wire.varint);
      length = writeVarint(bytes, length, value);
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

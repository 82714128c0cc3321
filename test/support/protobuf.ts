/** Encodes protobuf by hand, independently of the encoders under test. */

export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

/** A field of wire type 0. */
export function integer(field: number, value: number | bigint): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

/** A field of wire type 2. */
export function message(field: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
}

export function text(field: number, value: string): Buffer {
  return message(field, Buffer.from(value));
}

/** A field of wire type 1. */
export function fixed64(field: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return Buffer.concat([varint(field * 8 + 1), bytes]);
}

export function double(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint(field * 8 + 1), bytes]);
}

/** `KeyValue` with a text. */
export function attribute(key: string, value: string): Buffer {
  return Buffer.concat([text(1, key), message(2, text(1, value))]);
}

/** `NumberDataPoint`. */
export function numberPoint(timeMs: number, value: number): Buffer {
  return Buffer.concat([fixed64(3, BigInt(timeMs) * 1_000_000n), double(4, value)]);
}

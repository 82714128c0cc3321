/**
 * Reads and writes varints: seven bits a byte, lowest bits first, the top bit set in every byte but the last.
 * Source: https://protobuf.dev/programming-guides/encoding/#varints
 */

/** 64 bits. */
const maxBytes = 10;

/** Returns the offset behind the varint at `start`; 0 when the varint does not end before `limit` or is longer than ten bytes. */
export function varintEnd(bytes: Uint8Array, start: number, limit: number): number {
  const last = Math.min(limit, start + maxBytes);
  for (let at = start; at < last; at++) if ((bytes[at] as number) < 0x80) return at + 1;
  return 0;
}

/** Returns the unsigned value of the varint from `start` to `end`. Exact up to 2^53, rounded above. */
export function readVarint(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = end - 1; at >= start; at--) value = value * 0x80 + ((bytes[at] as number) & 0x7f);
  return value;
}

/** Returns the value of the varint as a signed 64-bit integer. Exact between -2^53 and 2^53, rounded outside. */
export function readInt64(bytes: Uint8Array, start: number, end: number): number {
  // Bit 63 is in the tenth byte: shorter varints are not negative.
  if (end - start < maxBytes) return readVarint(bytes, start, end);
  let value = 0n;
  for (let at = end - 1; at >= start; at--) value = (value << 7n) | BigInt((bytes[at] as number) & 0x7f);
  return Number(BigInt.asIntN(64, value));
}

/** Writes an integer between 0 and 2^53 at `start` and returns the offset behind it. */
export function writeVarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  // Bitwise operators truncate to 32 bits.
  for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80;
  for (; rest > 0x7f; rest >>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
  bytes[at++] = rest;
  return at;
}

/** Returns how many bytes `writeVarint` writes. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

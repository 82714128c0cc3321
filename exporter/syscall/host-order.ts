/** Reads and writes numbers in the byte order of this processor, which the kernel's structures have. */
import { endianness } from 'node:os';

const isLittle = endianness() === 'LE';

/** Throws an Error unless the buffer has `bytes` bytes from `offset` on. */
function check(buffer: Buffer, offset: number, bytes: number): void {
  if (offset + bytes > buffer.length)
    throw new Error(`expected ${bytes} bytes at offset ${offset}, got ${Math.max(0, buffer.length - offset)}`);
}

export function readU8(buffer: Buffer, offset = 0): number {
  check(buffer, offset, 1);
  return buffer.readUInt8(offset);
}

export function readI8(buffer: Buffer, offset = 0): number {
  check(buffer, offset, 1);
  return buffer.readInt8(offset);
}

export function readU16(buffer: Buffer, offset = 0): number {
  check(buffer, offset, 2);
  return isLittle ? buffer.readUInt16LE(offset) : buffer.readUInt16BE(offset);
}

export function readU32(buffer: Buffer, offset = 0): number {
  check(buffer, offset, 4);
  return isLittle ? buffer.readUInt32LE(offset) : buffer.readUInt32BE(offset);
}

export function readI32(buffer: Buffer, offset = 0): number {
  check(buffer, offset, 4);
  return isLittle ? buffer.readInt32LE(offset) : buffer.readInt32BE(offset);
}

/** Returns a counter of 64 bits. Loses precision above 2^53, as every sample does. */
export function readU64(buffer: Buffer, offset = 0): number {
  check(buffer, offset, 8);
  return Number(isLittle ? buffer.readBigUInt64LE(offset) : buffer.readBigUInt64BE(offset));
}

export function writeU16(buffer: Buffer, value: number, offset: number): void {
  if (isLittle) buffer.writeUInt16LE(value, offset);
  else buffer.writeUInt16BE(value, offset);
}

export function writeU32(buffer: Buffer, value: number, offset: number): void {
  if (isLittle) buffer.writeUInt32LE(value, offset);
  else buffer.writeUInt32BE(value, offset);
}

export function writeU64(buffer: Buffer, value: bigint, offset: number): void {
  if (isLittle) buffer.writeBigUInt64LE(value, offset);
  else buffer.writeBigUInt64BE(value, offset);
}

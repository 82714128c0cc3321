/** Reads the kernel's page size from the auxiliary vector of this process: 4, 16 or 64 KiB on arm64, and Node has no API for it. */
import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';

/** AT_PAGESZ. Source: the kernel's include/uapi/linux/auxvec.h */
const pageSizeEntry = 6n;

/** Returns the bytes of a page. The vector has pairs of 64-bit words: type and value. */
export function readPageSizeBytes(): number {
  const path = '/proc/self/auxv';
  const vector = readFileSync(path);
  const isBigEndian = endianness() === 'BE';
  const wordAt = (offset: number) => (isBigEndian ? vector.readBigUInt64BE(offset) : vector.readBigUInt64LE(offset));
  for (let offset = 0; offset + 16 <= vector.length; offset += 16) {
    if (wordAt(offset) === pageSizeEntry) return Number(wordAt(offset + 8));
  }
  throw new Error(`${path}: expected an entry AT_PAGESZ, got none`);
}

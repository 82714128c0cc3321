/** The kernel's page size, from this process' auxiliary vector: 4, 16 or 64 KiB on arm64, and Node does not tell. */
import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';

/** AT_PAGESZ. Source: the kernel's include/uapi/linux/auxvec.h */
const pageSizeEntry = 6n;

/** Bytes a page of the machine that this process runs on. */
export function readPageSizeBytes(): number {
  const path = '/proc/self/auxv';
  const bytes = parsePageSize(readFileSync(path));
  if (bytes === undefined) throw new Error(`${path}: expected an entry AT_PAGESZ, got none`);
  return bytes;
}

/** Pairs of 64-bit words, type and value; undefined when the page size is not among them. */
export function parsePageSize(auxiliary: Buffer): number | undefined {
  const isBigEndian = endianness() === 'BE';
  const wordAt = (offset: number) =>
    isBigEndian ? auxiliary.readBigUInt64BE(offset) : auxiliary.readBigUInt64LE(offset);
  for (let offset = 0; offset + 16 <= auxiliary.length; offset += 16) {
    if (wordAt(offset) === pageSizeEntry) return Number(wordAt(offset + 8));
  }
  return undefined;
}

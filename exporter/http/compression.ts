/** Compresses texts in the calling thread: a round trip through zlib's threads costs twice the time of a page. */
import type { Encoding } from './accept.ts';

/**
 * Compresses the parts of a text as UTF-8, one byte per character: send the result as latin1. A string is freed by the next minor
 * garbage collection; a buffer stays until a full one.
 */
export type Compress = (parts: readonly string[]) => string;

/** The fastest level. A window of 16 KiB suffices, because an exposition repeats itself within a few lines. */
const gzipOptions = { level: 1, windowBits: 14, memLevel: 7 };
const zstdLevel = 1;

/** UTF-8 has at most three bytes for a UTF-16 code unit. */
const maxBytesPerUnit = 3;
/** The longest buffer that is kept. */
const maxKeptBytes = 1_024 * 1_024;

/** Returns a function that compresses into a gzip file (RFC 1952) or a zstd frame (RFC 8878). */
export function createCompress(encoding: Encoding): Compress {
  const { constants, gzipSync, zstdCompressSync } = process.getBuiltinModule('node:zlib');
  const zstdOptions = { params: { [constants.ZSTD_c_compressionLevel]: zstdLevel } };
  // Reused between calls; replaced by a larger buffer when a text may not fit.
  let kept = Buffer.allocUnsafeSlow(64 * 1_024 * maxBytesPerUnit);
  return (parts) => {
    // The exact length would cost more than the unused pages of a buffer, which take no memory.
    const length = parts.reduce((sum, part) => sum + part.length, 0) * maxBytesPerUnit;
    const source = length <= kept.length ? kept : Buffer.allocUnsafeSlow(length);
    if (length <= maxKeptBytes) kept = source;
    let end = 0;
    for (const part of parts) end += source.write(part, end);
    const bytes = source.subarray(0, end);
    return (encoding === 'gzip' ? gzipSync(bytes, gzipOptions) : zstdCompressSync(bytes, zstdOptions)).toString(
      'latin1',
    );
  };
}

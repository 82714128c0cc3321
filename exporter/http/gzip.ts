/** Compresses a page in the thread that serves it: a page takes 0.1 ms, handing it to zlib's threads and back twice that. */

/**
 * A gzip file (RFC 1952) of the UTF-8 text, a byte a character: to be sent as latin1. A string is gone with the next
 * small collection of garbage; a buffer outlives it and waits for a full one.
 */
export type Gzip = (text: string) => string;

/** zlib's fastest, with a window of 16 KiB: a page repeats itself within a few lines, and half the state is enough. */
const options = { level: 1, windowBits: 14, memLevel: 7 };

export function createGzip(): Gzip {
  const { gzipSync } = process.getBuiltinModule('node:zlib');
  // Kept, and grown when a page does not fit.
  let source = Buffer.alloc(64 * 1_024);
  return (text) => {
    const length = Buffer.byteLength(text);
    if (length > source.length) source = Buffer.alloc(2 * length);
    return gzipSync(source.subarray(0, source.write(text)), options).toString('latin1');
  };
}

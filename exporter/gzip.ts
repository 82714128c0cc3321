/**
 * Compresses pages one after another with one deflate stream, kept for good.
 * `zlib.gzipSync` makes a state of 256 KiB and its buffers anew for each page, which the collector of garbage leaves
 * lying: 30 MiB more resident memory after a thousand scrapes (docs/decisions/exporter-hot-path.md).
 */
import type Zlib from 'node:zlib';

/**
 * A gzip file (RFC 1952) of the UTF-8 text, a byte a character: to be sent as latin1. A string is gone with the next
 * small collection of garbage; a buffer outlives it and waits for a full one. Texts are taken in the order of the calls.
 */
export type Gzip = (text: string) => Promise<string>;

/** Magic, deflate, no flags, no time, no extra flags, unknown system. */
const header = '\x1f\x8b\x08\0\0\0\0\0\0\xff';
/** The last block of a deflate stream, empty: what a flush leaves open, this closes. */
const lastBlock = '\x03\0';

export function createGzip(): Gzip {
  const zlib = process.getBuiltinModule('node:zlib');
  // Fastest, with a window of 16 KiB: a page repeats itself within a few lines, and the state takes 128 KiB.
  const deflate = zlib.createDeflateRaw({ level: 1, windowBits: 14, memLevel: 7 });
  const trailer = Buffer.alloc(8);
  let source = Buffer.alloc(64 * 1_024);
  let previous: Promise<unknown> = Promise.resolve();

  async function compress(text: string): Promise<string> {
    const length = Buffer.byteLength(text);
    if (length > source.length) source = Buffer.alloc(2 * length);
    const body = source.subarray(0, source.write(text));
    const blocks = await flushBlocks(deflate, { body, flush: zlib.constants.Z_SYNC_FLUSH });
    trailer.writeUInt32LE(zlib.crc32(body), 0);
    trailer.writeUInt32LE(length, 4);
    return `${header}${blocks}${lastBlock}${trailer.toString('latin1')}`;
  }

  return (text) => {
    const next = previous.then(() => compress(text));
    previous = next.catch(() => undefined); // the caller hears of it; the next page is another matter
    return next;
  };
}

/** The deflate blocks of one body, up to a byte boundary; the stream then forgets the body. */
async function flushBlocks(
  deflate: Zlib.DeflateRaw,
  { body, flush }: { readonly body: Buffer; readonly flush: number },
): Promise<string> {
  let blocks = '';
  const flushed = Promise.withResolvers<void>();
  const onData = (block: Buffer): void => {
    blocks += block.toString('latin1');
  };
  deflate.on('data', onData).once('error', flushed.reject);
  try {
    deflate.write(body);
    deflate.flush(flush, () => flushed.resolve());
    await flushed.promise;
    return blocks;
  } finally {
    deflate.off('data', onData).off('error', flushed.reject);
    deflate.reset();
  }
}

/** Snappy's block format, which remote write demands; the framed format is another one. */
import { createRequire } from 'node:module';

/** The package has no types. */
interface Snappy {
  readonly compress: (bytes: Uint8Array) => Uint8Array;
  readonly uncompress: (block: Uint8Array, maxLength: number) => Uint8Array;
}

const { compress, uncompress } = createRequire(import.meta.url)('snappyjs') as Snappy;

export function compressBlock(bytes: Uint8Array): Uint8Array {
  return compress(bytes);
}

/** Throws when the block is torn or declares more than `maxBytes`: seven bytes can declare a gigabyte. */
export function uncompressBlock(block: Uint8Array, { maxBytes }: { readonly maxBytes: number }): Uint8Array {
  return uncompress(block, maxBytes);
}

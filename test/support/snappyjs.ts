/** Exports snappyjs, an independent implementation of snappy's block format, with types. */
import { createRequire } from 'node:module';

interface Snappyjs {
  readonly compress: (bytes: Uint8Array) => Uint8Array;
  /** Throws when the block is malformed or declares more than `maxLength` bytes. */
  readonly uncompress: (block: Uint8Array, maxLength: number) => Uint8Array;
}

export const snappyjs = createRequire(import.meta.url)('snappyjs') as Snappyjs;

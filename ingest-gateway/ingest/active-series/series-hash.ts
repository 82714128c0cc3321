/** Hashes the labels of series, so that a set of series takes a few bytes for each. */
import { hash, randomBytes } from 'node:crypto';

/** Returns 30 bits of the hash of encoded labels. */
export type SeriesHash = (labels: Uint8Array) => number;

export const seriesSeedBytes = 16;

/** A seed that no sender knows, so that no sender can choose series with equal hashes. */
export function createSeriesSeed(): Uint8Array {
  return new Uint8Array(randomBytes(seriesSeedBytes));
}

/** 30 bits are a small integer of V8, which needs no memory besides its place in a set. */
export function createSeriesHash(seed: Uint8Array): SeriesHash {
  let scratch = Buffer.alloc(4_096);
  scratch.set(seed);
  return (labels) => {
    const length = seed.length + labels.length;
    if (length > scratch.length) {
      scratch = Buffer.alloc(2 * length);
      scratch.set(seed);
    }
    scratch.set(labels, seed.length);
    return hash('sha256', scratch.subarray(0, length), 'buffer').readUInt32LE(0) >>> 2;
  };
}

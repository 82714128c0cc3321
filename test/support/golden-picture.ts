/** Golden pictures: the same to the eye, whatever the edges of letters look like in another version of the browser. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isGoldenUpdate } from './golden.ts';
import { decodePng, type Pixels } from './png.ts';

const reports = join(import.meta.dirname, '..', '..', 'data', 'test-reports');
/** Pixels a side of the squares whose mean colours, of every fourth pixel, are compared. */
const square = 8;
/** Of 255, in any channel's mean. */
const tolerance = 24;
/** Of all squares, that may differ by more. */
const shareAtMost = 0.004;

/** Fails, and keeps what was got for a look, unless the file shows the same. */
export function expectGoldenPicture(path: string, actual: Uint8Array): void {
  if (isGoldenUpdate) writeFileSync(path, actual);
  const fault = tryDifference(decodePng(readFileSync(path)), decodePng(actual));
  if (fault === undefined) return;
  mkdirSync(reports, { recursive: true });
  const kept = join(reports, basename(path));
  writeFileSync(kept, actual);
  throw new Error(`${path}: ${fault}; what was got is in ${kept}`);
}

/** In words; undefined where a person would see none. */
export function tryDifference(expected: Pixels, actual: Pixels): string | undefined {
  const [size, got] = [expected, actual].map(({ width, height }) => `${width} x ${height}`);
  if (size !== got) return `expected ${size} pixels, got ${got}`;
  let squares = 0;
  let different = 0;
  for (let top = 0; top < expected.height; top += square)
    for (let left = 0; left < expected.width; left += square) {
      squares += 1;
      const [a, b] = [meanOf(expected, left, top), meanOf(actual, left, top)];
      if (a.some((value, channel) => Math.abs(value - (b[channel] ?? 0)) > tolerance)) different += 1;
    }
  return different > squares * shareAtMost ? `${different} of ${squares} squares look different` : undefined;
}

function meanOf(pixels: Pixels, left: number, top: number): readonly number[] {
  const sums = [0, 0, 0];
  let count = 0;
  for (let y = top; y < Math.min(top + square, pixels.height); y += 2)
    for (let x = left; x < Math.min(left + square, pixels.width); x += 2) {
      const colour = pixels.at(x, y);
      for (const channel of [0, 1, 2]) sums[channel] = (sums[channel] ?? 0) + (colour[channel] ?? 0);
      count += 1;
    }
  return sums.map((sum) => sum / count);
}

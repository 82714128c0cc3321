/** Compares pictures with golden files, tolerating small differences such as the rendering of letters' edges. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isGoldenUpdate } from './golden.ts';
import { decodePng, type Pixels } from './png.ts';

const reports = join(import.meta.dirname, '..', '..', 'data', 'test-reports');
/** Side length, in pixels, of the squares whose mean colours are compared. */
const square = 8;
/** Maximum difference of a channel's mean, of 255. */
const tolerance = 24;
/** Maximum share of squares that differ by more. */
const maxShare = 0.004;

/** Throws if the picture differs from the file, and saves it for inspection. */
export function expectGoldenPicture(path: string, actual: Uint8Array): void {
  if (isGoldenUpdate) writeFileSync(path, actual);
  const fault = tryDifference(decodePng(readFileSync(path)), decodePng(actual));
  if (fault === undefined) return;
  mkdirSync(reports, { recursive: true });
  const kept = join(reports, basename(path));
  writeFileSync(kept, actual);
  throw new Error(`${path}: ${fault}; the actual picture is in ${kept}`);
}

/** Describes the difference. Returns undefined if it is within the tolerance. */
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
  return different > squares * maxShare ? `${different} of ${squares} squares look different` : undefined;
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

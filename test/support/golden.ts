/** Compares texts with golden files. `UPDATE_GOLDEN=1` rewrites the golden files, except in CI. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from '@jest/globals';

export const isGoldenUpdate = process.env['UPDATE_GOLDEN'] === '1';
if (isGoldenUpdate && process.env['CI'] !== undefined)
  throw new Error('UPDATE_GOLDEN rewrites expectations: not in CI');

/** Fails unless the file contains exactly this text. */
export function expectGolden(path: string, actual: string): void {
  if (isGoldenUpdate) writeFileSync(path, actual);
  expect(actual).toBe(readFileSync(path, 'utf8'));
}

/** Parses flags whose value is a count. */
import { quote } from '../procfs/host-file.ts';

/** Returns a count of 1 to 100,000. Throws an Error for other text. */
export function parseCount(text: string): number {
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 100_000) throw new Error(`expected a number from 1 to 100000, got ${quote(text)}`);
  return count;
}

/** Checks the value of a flag. Throws as {@link parseCount} does. */
export function checkCount(text: string): void {
  parseCount(text);
}

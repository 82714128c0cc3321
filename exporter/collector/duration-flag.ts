/** Parses flags whose value is a duration. */
import { parseDuration } from '../../common/program/settings/units.ts';
import { quote } from '../procfs/host-file.ts';

/** Returns milliseconds. Throws an Error for text that is not a duration of a second or more. */
export function parseSeconds(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined || durationMs < 1_000)
    throw new Error(`expected a duration of at least 1s, such as 30s or 5m, got ${quote(text)}`);
  return durationMs;
}

/** Checks the value of a flag. Throws as {@link parseSeconds} does. */
export function checkSeconds(text: string): void {
  parseSeconds(text);
}

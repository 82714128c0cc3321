/**
 * Reads systeminformation's answers field by field: what is not of the expected kind is an error or absent, never a value.
 * Its failed reads resolve with zeros, so a zero that a healthy host cannot show is for the caller to refuse.
 */
import { describeValue } from '../../../common/program/settings/setting-type.ts';

/** A finite number that is not negative. */
export function numberAt(answer: unknown, key: string, where: string): number {
  const value = tryNumberAt(answer, key);
  if (value === undefined) {
    throw new Error(`${where}: ${key}: expected a number from 0, got ${describeValue(valueAt(answer, key))}`);
  }
  return value;
}

/** The number, or undefined where there is none that makes sense. */
export function tryNumberAt(answer: unknown, key: string): number | undefined {
  const value = valueAt(answer, key);
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** A number above 0: for what no running host has nothing of. */
export function positiveAt(answer: unknown, key: string, where: string): number {
  const value = numberAt(answer, key, where);
  if (value === 0) throw new Error(`${where}: ${key}: expected a number above 0, got 0: the system could not be read`);
  return value;
}

/** A text that is not empty. */
export function textAt(answer: unknown, key: string, where: string): string {
  const value = valueAt(answer, key);
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`${where}: ${key}: expected a text, got ${describeValue(value)}`);
}

/** A list with at least one entry. */
export function listOf(answer: unknown, where: string): readonly unknown[] {
  if (Array.isArray(answer) && answer.length > 0) return answer;
  throw new Error(`${where}: expected a list with entries, got ${describeValue(answer)}`);
}

export function valueAt(answer: unknown, key: string): unknown {
  return typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>)[key] : undefined;
}

/**
 * Reads fields of systeminformation's answers and checks their types. Failed reads of systeminformation have zeros, so callers
 * must refuse a zero that a healthy host cannot have.
 */
import { describeValue } from '../../../common/program/settings/setting-type.ts';

/** Returns a finite number of at least 0, or throws. */
export function numberAt(answer: unknown, key: string, where: string): number {
  const value = tryNumberAt(answer, key);
  if (value === undefined) {
    throw new Error(`${where}: ${key}: expected a number from 0, got ${describeValue(valueAt(answer, key))}`);
  }
  return value;
}

/** Returns a finite number of at least 0, or undefined. */
export function tryNumberAt(answer: unknown, key: string): number | undefined {
  const value = valueAt(answer, key);
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** Returns a number above 0, or throws. */
export function positiveAt(answer: unknown, key: string, where: string): number {
  const value = numberAt(answer, key, where);
  if (value === 0) throw new Error(`${where}: ${key}: expected a number above 0, got 0: the system could not be read`);
  return value;
}

/** Returns a string that is not empty, or throws. */
export function textAt(answer: unknown, key: string, where: string): string {
  const value = valueAt(answer, key);
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`${where}: ${key}: expected a text, got ${describeValue(value)}`);
}

/** Returns an array that is not empty, or throws. */
export function listOf(answer: unknown, where: string): readonly unknown[] {
  if (Array.isArray(answer) && answer.length > 0) return answer;
  throw new Error(`${where}: expected a list with entries, got ${describeValue(answer)}`);
}

export function valueAt(answer: unknown, key: string): unknown {
  return typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>)[key] : undefined;
}

/** Typed access to parsed JSON. Throws an Error with the place of an unexpected value, because users edit dashboards. */

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export function objectAt(value: unknown, place: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw unexpected(place, 'an object', value);
}

/** Returns an empty list for an absent one, as Grafana does. */
export function listAt(value: unknown, place: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value as readonly unknown[];
  throw unexpected(place, 'a list', value);
}

export function textAt(value: unknown, place: string): string {
  if (typeof value === 'string') return value;
  throw unexpected(place, 'a string', value);
}

export function numberAt(value: unknown, place: string): number {
  if (typeof value === 'number') return value;
  throw unexpected(place, 'a number', value);
}

/** Returns undefined for an absent value. */
export function tryTextAt(value: unknown, place: string): string | undefined {
  return value === undefined || value === null ? undefined : textAt(value, place);
}

export function tryNumberAt(value: unknown, place: string): number | undefined {
  return value === undefined || value === null ? undefined : numberAt(value, place);
}

function unexpected(place: string, expected: string, value: unknown): Error {
  return new Error(`${place}: expected ${expected}, got ${JSON.stringify(value)?.slice(0, 80) ?? 'nothing'}`);
}

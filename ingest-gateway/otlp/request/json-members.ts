/**
 * Reads members of protobuf's JSON. `null` means unset for every field, 64-bit integers may be strings, and both spellings of a
 * field's name are read. Source: https://protobuf.dev/programming-guides/json/
 */
import { type Fault, OtlpError } from '../../../common/otlp/metrics-data.ts';

export type Json = Readonly<Record<string, unknown>>;

/** Returns the member under its camel-case or its original name; undefined when the member is absent or null. */
export function member(parent: Json, name: string): unknown {
  const value = parent[name];
  if (value !== undefined && value !== null) return value;
  return parent[snakeCase(name)] ?? undefined;
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function object(value: unknown, at: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw expected('an object', at);
}

/** Returns each entry with its path; an absent member is an empty list. Leaves out entries that are null. */
export function entries(parent: Json, name: string, at: string): [unknown, string][] {
  const value = member(parent, name) ?? [];
  const path = at === 'body' ? name : `${at}.${name}`;
  if (!Array.isArray(value)) throw expected('a list', path);
  return (value as unknown[]).flatMap((each, index) =>
    each === null ? [] : [[each, `${path}[${index}]`] as [unknown, string]],
  );
}

/** Returns the entries of a list of objects. */
export function list(parent: Json, name: string, at: string): [Json, string][] {
  return entries(parent, name, at).map(([each, path]) => [object(each, path), path]);
}

/** Returns an empty text for an absent value. */
export function text(value: unknown, at: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw expected('a text', at);
  if (!value.isWellFormed()) throw expected('well-formed Unicode', at);
  return value;
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Accepts strings for NaN, the infinities and every number. */
export function number(value: unknown, at: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && (decimal.test(value) || /^(?:[+-]?Infinity|NaN)$/.test(value))) return Number(value);
  throw expected('a number', at);
}

/** Accepts every spelling of a whole number: `5`, `"5"`, `5.0`, `"5e3"`. */
export function integer(value: unknown, at: string): bigint {
  if (typeof value === 'string' && /^[+-]?\d{1,20}$/.test(value)) return BigInt(value.replace('+', ''));
  const given = typeof value === 'string' && decimal.test(value) ? Number(value) : value;
  if (typeof given === 'number' && Number.isInteger(given)) return BigInt(given);
  throw expected('a whole number', at);
}

export function boolean(value: unknown): boolean {
  return value === true || value === 'true';
}

function expected(what: string, path: string): OtlpError {
  return new OtlpError(`expected ${what}`, { path });
}

/** Returns what `read` returns, or the fault of an `OtlpError`. */
export function readOrFault<Value extends object>(read: () => Value): Value | Fault {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof OtlpError)) throw error;
    return { path: error.path, message: error.fault };
  }
}

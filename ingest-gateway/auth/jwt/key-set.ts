/** Reads a JSON Web Key Set of public keys from a file. Source: RFC 7517. */
import { readFileSync, statSync } from 'node:fs';
import type { JSONWebKeySet } from 'jose';
import { messageOf } from '../../../common/program/log.ts';

export class KeySetError extends Error {
  readonly expected: string;
  readonly got: string;

  constructor(expected: string, got: string, options?: ErrorOptions) {
    super(`expected ${expected}, got ${got}`, options);
    this.name = 'KeySetError';
    this.expected = expected;
    this.got = got;
  }
}

const publicKinds: readonly unknown[] = ['RSA', 'EC', 'OKP'];

/** Reads and checks the file. Throws a `KeySetError`. */
export function readKeySet(file: string): JSONWebKeySet {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new KeySetError('a readable file', messageOf(cause), { cause });
  }
  return parseKeySet(text);
}

/** Throws a `KeySetError`, whose message contains no key. */
export function parseKeySet(text: string): JSONWebKeySet {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new KeySetError('a JSON Web Key Set', 'no JSON', { cause });
  }
  const keys = (parsed as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys) || keys.length === 0)
    throw new KeySetError('a JSON Web Key Set: {"keys": [...]} with at least one key', 'another value');
  for (const [index, key] of (keys as unknown[]).entries()) {
    const { kty, d } = (key ?? {}) as { kty?: unknown; d?: unknown };
    // A shared secret among public keys allows confusion of signatures and MACs.
    if (!publicKinds.includes(kty))
      throw new KeySetError('public keys of kind RSA, EC or OKP', `another keys[${index}]`);
    if (d !== undefined) throw new KeySetError('public keys alone', `a private key as keys[${index}]`);
  }
  return parsed as JSONWebKeySet;
}

/** Returns a text that changes when the file changes. */
export function fileSignature(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? 'absent' : `${stat.ino}:${stat.size}:${stat.mtimeNs}`;
}

/**
 * Keys that were right, remembered by their SHA-256: looking one up costs more than checking a push of a hundred samples.
 * Guarantees: a key that is revoked or changed by anybody is looked up anew at its next use once `changes` tells that the
 * database was written to; one that expires is refused from that millisecond on; what is wrong is never remembered.
 */
import { hash } from 'node:crypto';
import type { Principal } from '../../common/http/auth.ts';
import type { ValidKey } from '../../common/store/credentials/api-keys.ts';

export interface KnownKeys {
  /** The holder of the key, looked up where it is not known. */
  find(key: string): Promise<Principal | undefined>;
}

export interface KnownKeysOptions {
  readonly look: (key: string) => Promise<ValidKey | undefined>;
  /** Another number once the database was written to; undefined where it does not tell. */
  readonly changes: () => number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A revocation takes effect after so long where the database does not tell of changes. */
const blindMs = 1_000;
const maxKnown = 20_000;

export function createKnownKeys({ look, changes, now }: KnownKeysOptions): KnownKeys {
  const known = new Map<string, ValidKey>();
  let seen = changes();

  async function lookUp(key: string, digest: string, version: number | undefined): Promise<Principal | undefined> {
    const askedMs = now();
    const found = await look(key);
    // One that was read before a change must not outlive it.
    if (found === undefined || version !== seen) return found?.holder;
    if (known.size >= maxKnown) known.clear();
    const untilMs = version === undefined ? Math.min(found.untilMs, askedMs + blindMs) : found.untilMs;
    known.set(digest, { holder: found.holder, untilMs });
    return found.holder;
  }

  return {
    async find(key) {
      const version = changes();
      if (version !== seen) {
        known.clear();
        seen = version;
      }
      const digest = hash('sha256', key, 'base64');
      const entry = known.get(digest);
      if (entry !== undefined && now() < entry.untilMs) return entry.holder;
      known.delete(digest);
      return lookUp(key, digest, version);
    },
  };
}

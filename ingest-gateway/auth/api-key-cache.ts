/**
 * Caches valid API keys by their SHA-256, because a lookup costs more than checking a push of a hundred samples.
 * Guarantees: the cache is cleared when `changes` reports a write to the database, so that a revoked or changed key is looked
 * up again at its next use. A key that expires is refused from that millisecond on. Invalid keys are never cached.
 */
import { hash } from 'node:crypto';
import type { Principal } from '../../common/http/auth.ts';
import type { ValidKey } from '../../common/store/credentials/api-keys.ts';

export interface ApiKeyCache {
  /** Returns the holder of the key, from the cache or from `look`. */
  find(key: string): Promise<Principal | undefined>;
}

export interface ApiKeyCacheOptions {
  readonly look: (key: string) => Promise<ValidKey | undefined>;
  /** Returns another number after a write to the database; undefined where the database does not report writes. */
  readonly changes: () => number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Lifetime of an entry where the database does not report writes: a revocation takes effect after it. */
const blindMs = 1_000;
const maxEntries = 20_000;

export function createApiKeyCache({ look, changes, now }: ApiKeyCacheOptions): ApiKeyCache {
  const entries = new Map<string, ValidKey>();
  let seen = changes();

  async function lookUp(key: string, digest: string, version: number | undefined): Promise<Principal | undefined> {
    const askedMs = now();
    const found = await look(key);
    // A result from before a change must not be cached.
    if (found === undefined || version !== seen) return found?.holder;
    if (entries.size >= maxEntries) entries.clear();
    const untilMs = version === undefined ? Math.min(found.untilMs, askedMs + blindMs) : found.untilMs;
    entries.set(digest, { holder: found.holder, untilMs });
    return found.holder;
  }

  return {
    async find(key) {
      const version = changes();
      if (version !== seen) {
        entries.clear();
        seen = version;
      }
      const digest = hash('sha256', key, 'base64');
      const entry = entries.get(digest);
      if (entry !== undefined && now() < entry.untilMs) return entry.holder;
      entries.delete(digest);
      return lookUp(key, digest, version);
    },
  };
}

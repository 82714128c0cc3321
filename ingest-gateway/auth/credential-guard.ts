/**
 * Limits wrong credentials. Guesses all differ, so the number of different wrong credentials per address and minute is limited.
 * A host with a revoked key repeats the same credential, which has a separate limit.
 *
 * Guarantee: every credential is looked up, so that a valid one is accepted however many guesses came from its address, which
 * many machines may share. A lookup has a constant cost: a hash, and one row of an index. Keys, sessions and links have 256
 * random bits: the limit bounds the noise of guesses, not their chance.
 */
import { hash } from 'node:crypto';
import type { CredentialStore } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { clientAddress, createQuota } from './quota.ts';

export interface Attempt {
  /** Remote address of the connection. */
  readonly address: string | undefined;
  readonly token: string;
}

export interface CredentialGuard {
  /** Returns the result of `look`; undefined counts as wrong. Throws a 429 problem for a wrong credential beyond the limit. */
  check<T>(attempt: Attempt, look: () => Promise<T | undefined>): Promise<T | undefined>;
}

/** Returns the credential store for requests from one address, behind the guard. */
export function guardedCredentials(
  store: CredentialStore,
  guard: CredentialGuard,
  address: string | undefined,
): CredentialStore {
  return {
    findKey: (token) => guard.check({ address, token }, () => store.findKey(token)),
    findSession: (token) => guard.check({ address, token }, () => store.findSession(token)),
  };
}

export interface CredentialGuardOptions {
  /** Limit per minute, for different wrong credentials of one address and for repeats of one wrong credential. */
  readonly failuresPerMinute: number;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
}

/** Maximum number of tracked addresses and credentials, about 10 MB. */
const maxTracked = 20_000;

export function createCredentialGuard({ failuresPerMinute, now }: CredentialGuardOptions): CredentialGuard {
  const options = { limit: failuresPerMinute, windowMs: 60_000, maxKeys: maxTracked, now };
  const byAddress = createQuota(options);
  const byToken = createQuota(options);
  const wrong = createBoundedSet(maxTracked);

  async function check<T>({ address, token }: Attempt, look: () => Promise<T | undefined>): Promise<T | undefined> {
    const found = await look();
    if (found !== undefined) return found;
    const from = clientAddress(address);
    const digest = hash('sha256', token, 'base64');
    const { isAllowed, resetMs } = wrong.has(digest) ? byToken.take(`${from} ${digest}`) : byAddress.take(from);
    if (!isAllowed) throw tooMany(resetMs);
    wrong.add(digest);
    return undefined;
  }

  return { check };
}

function tooMany(resetMs: number): HttpProblem {
  return new HttpProblem(429, 'too many wrong credentials within a minute', {
    headers: { 'Retry-After': String(Math.ceil(resetMs / 1_000)) },
  });
}

/** A set of bounded size that drops the least recently used entries, in constant time. */
interface BoundedSet {
  /** Returns whether the set has the key, and counts as a use. */
  has(key: string): boolean;
  add(key: string): void;
}

/**
 * Keeps two generations. A used key enters the young generation. When that holds half of `maxSize`, it becomes the old one,
 * and keys that were only in the previous old generation are dropped. (One set in order of use is slow in V8: finding its
 * first entry walks over the entries deleted before it.)
 */
function createBoundedSet(maxSize: number): BoundedSet {
  let young = new Set<string>();
  let old = new Set<string>();

  function add(key: string): void {
    if (young.has(key)) return;
    if (young.size >= maxSize >> 1) {
      old = young;
      young = new Set();
    }
    young.add(key);
  }

  return {
    has(key) {
      if (young.has(key)) return true;
      if (!old.has(key)) return false;
      add(key);
      return true;
    },
    add,
  };
}

/**
 * Limits on wrong credentials. Guesses differ, so an address may try only so many different wrong ones a minute; a host
 * whose key was revoked repeats the same, so that one has a count of its own and takes nothing from its neighbours behind
 * the same address. A credential that was right lately passes whatever its neighbours do.
 */
import { hash } from 'node:crypto';
import type { CredentialStore } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { clientAddress } from '../http/client-address.ts';
import { createRecentSet } from './bounded-set.ts';
import { createQuota } from './quota.ts';

export interface Attempt {
  /** Of the connection. */
  readonly address: string | undefined;
  readonly token: string;
}

export interface CredentialGuard {
  /** What `look` finds; undefined counts as wrong. Throws a 429 problem, without looking, when there were too many. */
  check<T>(attempt: Attempt, look: () => Promise<T | undefined>): Promise<T | undefined>;
}

/** The store for requests from one address, behind the guard. */
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
  /** Different wrong credentials a minute from one address, and repeats of one of them. */
  readonly failuresPerMinute: number;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
}

/** Addresses and credentials remembered: some 10 MB at most. */
const maxRemembered = 20_000;

export function createCredentialGuard({ failuresPerMinute, now }: CredentialGuardOptions): CredentialGuard {
  const options = { limit: failuresPerMinute, windowMs: 60_000, maxKeys: maxRemembered, now };
  const byAddress = createQuota(options);
  const byToken = createQuota(options);
  const right = createRecentSet(maxRemembered);
  const wrong = createRecentSet(maxRemembered);

  async function check<T>({ address, token }: Attempt, look: () => Promise<T | undefined>): Promise<T | undefined> {
    const from = clientAddress(address);
    const digest = hash('sha256', token, 'base64');
    if (right.has(digest)) {
      const found = await look();
      if (found === undefined) right.delete(digest);
      return found;
    }
    const [quota, key] = wrong.has(digest) ? [byToken, `${from} ${digest}`] : [byAddress, from];
    // Counted before looking, so that guesses sent at once count, too.
    const { isAllowed, resetMs } = quota.take(key);
    if (!isAllowed) throw tooMany(resetMs);
    let isWrong = false;
    try {
      const found = await look();
      isWrong = found === undefined;
      if (!isWrong) right.add(digest);
      return found;
    } finally {
      if (isWrong) wrong.add(digest);
      else quota.refund(key); // right, or nobody could tell
    }
  }

  return { check };
}

function tooMany(resetMs: number): HttpProblem {
  return new HttpProblem(429, 'too many wrong credentials within a minute', {
    headers: { 'Retry-After': String(Math.ceil(resetMs / 1_000)) },
  });
}

/** Limits of requests within a minute: the quotas of collectors and of writers, and wrong credentials of each address. */
import { hash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { CredentialStore, Principal } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { hostName } from '../schema/fields.ts';

export interface QuotaOptions {
  readonly limit: number;
  readonly windowMs: number;
  /** Maximum number of tracked keys. Beyond it, the least recently used key is dropped and starts with a full quota. */
  readonly maxKeys: number;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
}

/** The state of a key after an attempt. */
export interface Standing {
  readonly isAllowed: boolean;
  /** Attempts left now. */
  readonly remaining: number;
  /** Milliseconds until the oldest attempt leaves the window and one more is allowed. */
  readonly resetMs: number;
}

export interface TakeOptions {
  /** The limit of this key. Default: the limit of the quota. */
  readonly limit?: number;
}

/** The attempts of one key. */
interface Attempts {
  /** Times of the attempts, oldest first. `start` is the index of the first time in the window. */
  times: number[];
  start: number;
}

export interface Quota {
  /** Counts an attempt. A refused attempt is not counted, so that it does not lengthen the wait. */
  take(key: string, options?: TakeOptions): Standing;
  /** Number of tracked keys. */
  size(): number;
}

/** A sliding-window quota per key: no window of the given length, wherever it starts, has more attempts than the limit. */
export function createQuota({ limit, windowMs, maxKeys, now }: QuotaOptions): Quota {
  /** Keys in order of their last use. */
  const attempts = new Map<string, Attempts>();

  function take(key: string, { limit: ownLimit = limit }: TakeOptions = {}): Standing {
    const nowMs = now();
    const own = attempts.get(key) ?? { times: [], start: 0 };
    if (!attempts.delete(key) && attempts.size >= maxKeys) forgetOldest();
    attempts.set(key, own);
    while (own.start < own.times.length && (own.times[own.start] as number) <= nowMs - windowMs) own.start += 1;
    if (2 * own.start > own.times.length) {
      own.times = own.times.slice(own.start); // seldom, since it costs as much as the attempts it keeps
      own.start = 0;
    }
    const count = own.times.length - own.start;
    const isAllowed = count < ownLimit;
    if (isAllowed) own.times.push(nowMs);
    return {
      isAllowed,
      remaining: Math.max(0, ownLimit - count - (isAllowed ? 1 : 0)),
      resetMs: (own.times[own.start] ?? nowMs) + windowMs - nowMs,
    };
  }

  /** Call it only when a key must go: to find the first key of a map, V8 walks over all keys deleted before it. */
  function forgetOldest(): void {
    const [oldestKey] = attempts.keys();
    if (oldestKey !== undefined) attempts.delete(oldestKey);
  }

  return { take, size: () => attempts.size };
}

/**
 * Returns an IPv4 address unchanged and the first 64 bits of an IPv6 address, because one host usually has a whole /64:
 * https://www.rfc-editor.org/rfc/rfc7421
 */
export function clientAddress(remote: string | undefined): string {
  if (remote === undefined) return 'unknown'; // the connection ended already
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(remote)?.[1];
  if (mapped !== undefined || !isIPv6(remote)) return mapped ?? remote;
  const [head = '', tail] = (remote.split('%')[0] as string).split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const groups = [...before, ...(tail === undefined ? [] : zeros), ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

/** Names the host of a push before the body is read. The host in the body must be the same. */
export const hostHeader = 'X-Hostpulse-Host';

export interface CollectorRequest {
  readonly principal: Principal;
  /** Value of `X-Hostpulse-Host`. */
  readonly host: string | undefined;
  /** Remote address of the connection. */
  readonly address: string | undefined;
}

export interface CollectorLimit {
  /** Returns headers for the answer. Throws a problem: 429 with these headers beyond the quota, 400 for an invalid header. */
  admit(request: CollectorRequest): Readonly<Record<string, string>>;
  /**
   * Counts a request by remote write or OTLP. Throws a problem with `Retry-After` beyond the quota of the credential: that of
   * a collector for a credential bound to a host, else that of all its hosts together.
   */
  admitWriter(request: WriterRequest): void;
  /** Number of tracked collectors. */
  size(): number;
}

export interface WriterRequest {
  readonly principal: Principal;
  /** Number of hosts that the credential pushes for. */
  readonly hosts: number;
  /** The status that makes the senders of the protocol retry: 429, or 503. */
  readonly status: 429 | 503;
}

export interface CollectorLimitOptions {
  readonly requestsPerMinute: number;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
}

/** An unbound credential has the quota of at least this many hosts: it may write for programs without a host. */
const minHosts = 10;

const windowSeconds = 60;
/** About 50 MB when all collectors use up their quota; pushing hosts need a tenth of it. */
const maxCollectors = 50_000;

/**
 * Limits the requests per minute of each collector to collect, and those of each credential to remote write and OTLP. A
 * collector is identified by the host that the credential is bound to; else by the credential and the host in the request
 * header; else by the credential and the address. Hosts that share an address or a key have separate quotas when they send
 * the header.
 */
export function createCollectorLimit({ requestsPerMinute, now }: CollectorLimitOptions): CollectorLimit {
  const quota = createQuota({
    limit: requestsPerMinute,
    windowMs: windowSeconds * 1_000,
    maxKeys: maxCollectors,
    now,
  });
  const policy = `"collector";q=${requestsPerMinute};w=${windowSeconds}`;
  return {
    admit(request) {
      const standing = quota.take(collectorOf(request));
      const headers = { 'RateLimit-Policy': policy, RateLimit: renderStanding(standing) };
      if (standing.isAllowed) return headers;
      throw new HttpProblem(429, `more than ${requestsPerMinute} requests within a minute from this collector`, {
        headers: { ...headers, 'Retry-After': String(seconds(standing)) },
      });
    },
    admitWriter({ principal, hosts, status }) {
      const limit = requestsPerMinute * (principal.host === undefined ? Math.max(minHosts, hosts) : 1);
      const standing = quota.take(`writer ${credentialOf(principal)}`, { limit });
      if (standing.isAllowed) return;
      throw new HttpProblem(status, `more than ${limit} requests within a minute by the key "${principal.name}"`, {
        headers: { 'Retry-After': String(seconds(standing)) },
      });
    },
    size: () => quota.size(),
  };
}

/** The length of the id precedes it, so that no two identities give the same key. */
function collectorOf({ principal, host, address }: CollectorRequest): string {
  if (principal.host !== undefined) return `host ${principal.host}`;
  const credential = credentialOf(principal);
  if (host === undefined) return `${credential} address ${clientAddress(address)}`;
  if (hostName.safeParse(host).success) return `${credential} host ${host}`;
  throw new HttpProblem(400, `the header ${hostHeader} is not valid`, {
    errors: [{ path: hostHeader, message: 'expected a host name of 1 to 253 characters without control characters' }],
  });
}

function credentialOf({ kind, id }: Principal): string {
  return `${kind} ${id.length} ${id}`;
}

/** Source: https://www.ietf.org/archive/id/draft-ietf-httpapi-ratelimit-headers-10.txt, section 4. */
function renderStanding(standing: Standing): string {
  return `"collector";r=${standing.remaining};t=${seconds(standing)}`;
}

/** Returns whole seconds, rounded up, so that a retry after this time is admitted. */
function seconds({ resetMs }: Standing): number {
  return Math.ceil(resetMs / 1_000);
}

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

/** The guard tracks at most this many addresses and this many wrong credentials, which takes about 10 MB. */
const maxTracked = 20_000;

/**
 * Limits wrong credentials. Guesses all differ, so the number of different wrong credentials per address and minute is limited.
 * A host with a revoked key repeats the same credential, which has a separate limit.
 *
 * Guarantee: every credential is looked up, so that a valid one is accepted however many guesses came from its address, which
 * many machines may share. A lookup has a constant cost: a hash, and one row of an index. Keys, sessions and links have 256
 * random bits, so guesses cannot succeed; the limit bounds the load and the log lines that guesses cause.
 */
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

/**
 * Requests a minute for each collector. A collector is the host that the credential is bound to; else the credential with
 * the host that the request names; else the credential with the address: a thousand hosts behind one address, or with one
 * key, each have their own quota when they say who they are.
 */
import type { Principal } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { clientAddress } from '../http/client-address.ts';
import { hostName } from '../schema/fields.ts';
import { createQuota, type Standing } from './quota.ts';

/** Names the host that a push is for, before its body is read; the body's host must be the same. */
export const hostHeader = 'X-Hostpulse-Host';

export interface CollectorRequest {
  readonly principal: Principal;
  /** Of `X-Hostpulse-Host`. */
  readonly host: string | undefined;
  /** Of the connection. */
  readonly address: string | undefined;
}

export interface CollectorLimit {
  /** The headers for the answer. Throws a problem: 429 with them when the quota is used up, 400 for a bad header. */
  admit(request: CollectorRequest): Readonly<Record<string, string>>;
  /** Collectors remembered now. */
  size(): number;
}

export interface CollectorLimitOptions {
  readonly requestsPerMinute: number;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
}

const windowSeconds = 60;
/** Some 50 MB when every one of them uses its quota up; a fleet of pushing hosts needs a tenth of that. */
const maxCollectors = 50_000;

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
    size: () => quota.size(),
  };
}

/** Lengths come first, so that no name can pass for two. */
function collectorOf({ principal, host, address }: CollectorRequest): string {
  if (principal.host !== undefined) return `host ${principal.host}`;
  const credential = `${principal.kind} ${principal.id.length} ${principal.id}`;
  if (host === undefined) return `${credential} address ${clientAddress(address)}`;
  if (hostName.safeParse(host).success) return `${credential} host ${host}`;
  throw new HttpProblem(400, `the header ${hostHeader} is not valid`, {
    errors: [{ path: hostHeader, message: 'expected a host name of 1 to 255 characters without control characters' }],
  });
}

/** Source: https://www.ietf.org/archive/id/draft-ietf-httpapi-ratelimit-headers-10.txt, section 4. */
function renderStanding(standing: Standing): string {
  return `"collector";r=${standing.remaining};t=${seconds(standing)}`;
}

/** Rounded up: who waits that long is let in. */
function seconds({ resetMs }: Standing): number {
  return Math.ceil(resetMs / 1_000);
}

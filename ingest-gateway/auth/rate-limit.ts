/**
 * Limits the requests per minute of each collector. A collector is identified by the host that the credential is bound to;
 * else by the credential and the host in the request header; else by the credential and the address. Hosts that share an
 * address or a key have separate quotas when they send the header.
 */
import type { Principal } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { hostName } from '../schema/fields.ts';
import { clientAddress, createQuota, type Standing } from './quota.ts';

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
  /** Number of tracked collectors. */
  size(): number;
}

export interface CollectorLimitOptions {
  readonly requestsPerMinute: number;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
}

const windowSeconds = 60;
/** About 50 MB when all collectors use up their quota; pushing hosts need a tenth of it. */
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

/** The length of the id precedes it, so that no two identities give the same key. */
function collectorOf({ principal, host, address }: CollectorRequest): string {
  if (principal.host !== undefined) return `host ${principal.host}`;
  const credential = `${principal.kind} ${principal.id.length} ${principal.id}`;
  if (host === undefined) return `${credential} address ${clientAddress(address)}`;
  if (hostName.safeParse(host).success) return `${credential} host ${host}`;
  throw new HttpProblem(400, `the header ${hostHeader} is not valid`, {
    errors: [{ path: hostHeader, message: 'expected a host name of 1 to 253 characters without control characters' }],
  });
}

/** Source: https://www.ietf.org/archive/id/draft-ietf-httpapi-ratelimit-headers-10.txt, section 4. */
function renderStanding(standing: Standing): string {
  return `"collector";r=${standing.remaining};t=${seconds(standing)}`;
}

/** Rounded up, so that a retry after this time is admitted. */
function seconds({ resetMs }: Standing): number {
  return Math.ceil(resetMs / 1_000);
}

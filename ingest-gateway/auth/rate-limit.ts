/**
 * Limits the requests per minute of each collector to collect, and those of each credential to remote write and OTLP. A collector is identified by the host that the credential is bound to;
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

/** Rounded up, so that a retry after this time is admitted. */
function seconds({ resetMs }: Standing): number {
  return Math.ceil(resetMs / 1_000);
}

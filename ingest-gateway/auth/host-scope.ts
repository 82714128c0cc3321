/** The hosts that a caller may query: a credential bound to a host is restricted to it. */
import type { Matcher } from '../../common/catalogue/expression.ts';
import { anyOf, matcher } from '../../common/catalogue/promql.ts';
import type { Principal } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { requireHost } from './credentials.ts';

type Hosts = readonly [string, ...string[]];

/** The job of all hosts, scraped or pushed. */
const hostJob = matcher('job', 'node');

/** Returns the requested hosts, by default the host that the caller is bound to; undefined means any. Throws 403 for another host. */
export function allowedHosts(
  asked: readonly string[] | undefined,
  principal: Pick<Principal, 'host'> | undefined,
): Hosts | undefined {
  const bound = principal?.host;
  const [first, ...rest] = asked ?? (bound === undefined ? [] : [bound]);
  if (first === undefined) return undefined;
  for (const host of [first, ...rest]) requireHost(bound, host);
  return [first, ...rest];
}

/** Returns the allowed hosts as PromQL matchers. Throws as `allowedHosts` does. */
export function hostMatchers(
  asked: readonly string[] | undefined,
  principal: Principal | undefined,
): readonly Matcher[] {
  const hosts = allowedHosts(asked, principal);
  return hosts === undefined ? [hostJob] : [hostJob, anyOf('instance', hosts)];
}

/** For calls that cannot be restricted to one host. Throws 403 for a bound caller. */
export function requireUnbound(principal: Principal | undefined): void {
  if (principal?.host === undefined) return;
  throw new HttpProblem(403, `the credential is bound to the host ${principal.host}, and this call covers all hosts`);
}

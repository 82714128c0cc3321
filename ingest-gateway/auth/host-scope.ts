/** Which hosts a caller may ask for: a credential bound to one host sees that host. */
import { anyOf, type Matcher, matcher } from '../../common/catalogue/matcher.ts';
import type { Principal } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';

type Hosts = readonly [string, ...string[]];

/** The job of every host, scraped or pushed. */
const hostJob = matcher('job', 'node');

/** The asked hosts, or where none was asked the one that the caller is bound to; undefined: any. Throws 403 for another. */
export function allowedHosts(
  asked: readonly string[] | undefined,
  principal: Principal | undefined,
): Hosts | undefined {
  const bound = principal?.host;
  const [first, ...rest] = asked ?? (bound === undefined ? [] : [bound]);
  if (first === undefined) return undefined;
  if (bound !== undefined && [first, ...rest].some((host) => host !== bound))
    throw new HttpProblem(403, `the credential is bound to the host ${bound}`);
  return [first, ...rest];
}

/** For a write, which names its host. Throws 403 when the caller is bound to another. */
export function requireHost(principal: Principal | undefined, host: string): void {
  allowedHosts([host], principal);
}

/** The same as matchers of PromQL. */
export function hostMatchers(
  asked: readonly string[] | undefined,
  principal: Principal | undefined,
): readonly Matcher[] {
  const hosts = allowedHosts(asked, principal);
  return hosts === undefined ? [hostJob] : [hostJob, anyOf('instance', hosts)];
}

/** For calls that cannot be narrowed to one host. */
export function requireUnbound(principal: Principal | undefined): void {
  if (principal?.host === undefined) return;
  throw new HttpProblem(403, `the credential is bound to the host ${principal.host}, and this call is not about one`);
}

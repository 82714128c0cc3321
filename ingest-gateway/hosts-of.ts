/** Which hosts a caller may ask for: a credential bound to one host sees that host. */
import { anyOf, type Matcher, matcher } from '../common/catalogue/matcher.ts';
import type { Principal } from '../common/http/auth.ts';
import { HttpProblem } from '../common/http/problem.ts';

/** The job of every host, scraped or pushed. */
const hostJob = matcher('job', 'node');

/** Matchers for the asked hosts (none asked: all that the caller may see). Throws 403 for a host that it may not. */
export function hostMatchers(
  asked: readonly string[] | undefined,
  principal: Principal | undefined,
): readonly Matcher[] {
  const bound = principal?.host;
  const [first, ...rest] = asked ?? (bound === undefined ? [] : [bound]);
  if (first === undefined) return [hostJob];
  const other = [first, ...rest].find((host) => bound !== undefined && host !== bound);
  if (other !== undefined) throw new HttpProblem(403, `the credential is bound to the host ${bound}`);
  return [hostJob, anyOf('instance', [first, ...rest])];
}

/** For calls that cannot be narrowed to one host. */
export function requireUnbound(principal: Principal | undefined): void {
  if (principal?.host === undefined) return;
  throw new HttpProblem(403, `the credential is bound to the host ${principal.host}, and this call reads any`);
}

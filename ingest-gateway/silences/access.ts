/** Which silences a caller may see and change: whoever is bound to a host, those of that host alone. */
import type { Principal } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { requireHost } from '../auth/host-scope.ts';
import { type LabelMatcher, tryHostOf } from '../schema/label-matcher.ts';
import { trySilence } from './alertmanager.ts';
import type { Silence } from './schema.ts';

/** Throws 403 when the caller is bound to a host and the matchers do not name that host. */
export function requireSilenceHost(principal: Principal | undefined, matchers: readonly LabelMatcher[]): void {
  const bound = principal?.host;
  if (bound === undefined) return;
  const host = tryHostOf(matchers);
  if (host !== undefined) return requireHost(principal, host);
  throw new HttpProblem(403, `the credential is bound to the host ${bound}, and the silence is not`, {
    errors: [{ path: 'matchers', message: `expected the matcher instance=${JSON.stringify(bound)} among them` }],
  });
}

export interface SilenceQuestion {
  readonly id: string;
  readonly principal: Principal | undefined;
  readonly signal: AbortSignal;
}

/** Throws 404 when there is none of that id, 403 when it is another host's. */
export async function requireSilence(
  alertmanager: PrometheusConnection,
  { id, principal, signal }: SilenceQuestion,
): Promise<Silence> {
  const found = await trySilence(alertmanager, { id, signal });
  if (found === undefined) throw new HttpProblem(404, `there is no silence ${id}`);
  requireSilenceHost(principal, found.matchers);
  return found;
}

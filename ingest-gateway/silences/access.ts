/** Restricts a caller whose credential is bound to a host to the silences of that host. */
import type { LabelMatcher } from '../../common/alertmanager/matchers.ts';
import type { Principal } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { requireHost } from '../auth/credentials.ts';
import { tryHostOf } from '../schema/label-matcher.ts';
import { trySilence } from './alertmanager.ts';
import type { Silence } from './schema.ts';

/** Throws an `HttpProblem` 403 if the credential is bound to a host and the matchers do not select that host. */
export function requireSilenceHost(principal: Principal | undefined, matchers: readonly LabelMatcher[]): void {
  const bound = principal?.host;
  if (bound === undefined) return;
  const host = tryHostOf(matchers);
  if (host !== undefined) return requireHost(bound, host);
  throw new HttpProblem(403, `the credential is bound to the host ${bound}, but the silence is not`, {
    errors: [{ path: 'matchers', message: `expected the matcher instance=${JSON.stringify(bound)} among them` }],
  });
}

export interface SilenceRequest {
  readonly id: string;
  readonly principal: Principal | undefined;
  readonly signal: AbortSignal;
}

/** Returns the silence. Throws an `HttpProblem`: 404 if it does not exist, 403 if it is for another host. */
export async function requireSilence(
  alertmanager: PrometheusConnection,
  { id, principal, signal }: SilenceRequest,
): Promise<Silence> {
  const found = await trySilence(alertmanager, { id, signal });
  if (found === undefined) throw new HttpProblem(404, `there is no silence ${id}`);
  requireSilenceHost(principal, found.matchers);
  return found;
}

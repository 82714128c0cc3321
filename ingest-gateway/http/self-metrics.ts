/** `/metrics`: open to every caller, except the series of single hosts. */
import type { Request, RequestHandler } from 'express';
import type { Registry } from 'prom-client';
import type { CredentialStore } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { inTime } from '../../common/program/time-limit.ts';
import { scrapeLimitMs } from '../../common/store/stored-gauges.ts';
import { authorize, parseCredential } from '../auth/credentials.ts';
import { type CredentialGuard, guardedCredentials } from '../auth/rate-limits.ts';
import { setRoute } from './http-metrics.ts';

export interface SelfMetricsOptions {
  /** Metrics without host names. */
  readonly registry: Registry;
  /** Returns metrics with host names in labels: for credentials with the scope read that are bound to no host. */
  readonly hostMetrics: () => string;
  readonly services: { readonly credentials: CredentialStore; readonly credentialGuard: CredentialGuard };
}

/** Answers 401 and 403 to a credential that is not valid: without them, missing series would have no explanation. */
export function serveSelfMetrics({ registry, hostMetrics, services }: SelfMetricsOptions): RequestHandler {
  return async (request, response) => {
    setRoute(response, 'self-metrics');
    const mayReadHosts = await canReadHosts(request, services);
    const text = await registry.metrics();
    response.type(registry.contentType).send(mayReadHosts ? text + hostMetrics() : text);
  };
}

async function canReadHosts({ headers, socket }: Request, services: SelfMetricsOptions['services']): Promise<boolean> {
  if (parseCredential(headers) === undefined) return false;
  const guarded = guardedCredentials(services.credentials, services.credentialGuard, socket.remoteAddress);
  try {
    const late = (): Error => new Error('the database does not answer');
    const { host } = await inTime(authorize(headers, 'read', guarded), scrapeLimitMs, late);
    return host === undefined;
  } catch (thrown) {
    if (thrown instanceof HttpProblem) throw thrown;
    return false; // the database is down: hostpulse_gateway_database_up is 0
  }
}

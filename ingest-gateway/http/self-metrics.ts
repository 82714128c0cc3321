/** `/metrics`: open to every caller, except the series of single hosts. */

import type { Request, RequestHandler } from 'express';
import type { Registry } from 'prom-client';
import type { CredentialStore } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { authorize, parseCredential } from '../auth/credentials.ts';
import { type CredentialGuard, guardedCredentials } from '../auth/rate-limits.ts';
import { setRoute } from './http-metrics.ts';

export interface SelfMetricsOptions {
  /** Metrics without host names. */
  readonly registry: Registry;
  /** Metrics with host names in labels: for credentials with the scope read that are bound to no host. */
  readonly hostRegistry: Registry;
  readonly services: { readonly credentials: CredentialStore; readonly credentialGuard: CredentialGuard };
}

/** Answers 401 and 403 to a credential that is not valid: without them, missing series would have no explanation. */
export function serveSelfMetrics({ registry, hostRegistry, services }: SelfMetricsOptions): RequestHandler {
  return async (request, response) => {
    setRoute(response, 'self-metrics');
    const mayReadHosts = await canReadHosts(request, services);
    const texts = [registry.metrics(), ...(mayReadHosts ? [hostRegistry.metrics()] : [])];
    response.type(registry.contentType).send((await Promise.all(texts)).join(''));
  };
}

async function canReadHosts({ headers, socket }: Request, services: SelfMetricsOptions['services']): Promise<boolean> {
  if (parseCredential(headers) === undefined) return false;
  const guarded = guardedCredentials(services.credentials, services.credentialGuard, socket.remoteAddress);
  try {
    const { host } = await authorize(headers, 'read', guarded);
    return host === undefined;
  } catch (thrown) {
    if (thrown instanceof HttpProblem) throw thrown;
    return false; // the database is away: the other metrics tell so
  }
}

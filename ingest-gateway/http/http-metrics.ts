/** Metrics of HTTP requests by route. Unknown paths share one label value, so that callers cannot create series. */
import type { Request, RequestHandler, Response } from 'express';
import { Counter, Histogram, type Registry } from 'prom-client';

/** Seconds, from a cached answer to the query timeout. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The label value of paths without a route. */
export const unknownRoute = 'none';

/** Sets the route label of a request. The first handler of each route calls it. */
export function setRoute(response: Response, name: string): void {
  response.locals['route'] = name;
}

/** Counts and times requests until the end of the answer. A request whose caller disconnected has the code 499. */
export function httpMetrics(registry: Registry): RequestHandler {
  const requests = new Counter({
    name: 'hostpulse_gateway_http_requests_total',
    help: 'HTTP requests answered, by route, method and status code.',
    labelNames: ['route', 'method', 'code'] as const,
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'hostpulse_gateway_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer, by route.',
    labelNames: ['route'] as const,
    buckets,
    registers: [registry],
  });
  return (request, response, next) => {
    const start = process.hrtime.bigint();
    response.once('close', () => {
      const route = routeOf(response);
      const code = response.writableFinished ? String(response.statusCode) : '499';
      requests.inc({ route, method: methodOf(request), code });
      durations.observe({ route }, Number(process.hrtime.bigint() - start) / 1e9);
    });
    next();
  };
}

function routeOf(response: Response): string {
  const name: unknown = response.locals['route'];
  return typeof name === 'string' ? name : unknownRoute;
}

const methods: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Node parses about thirty methods, and any caller could create a series with each of them. */
function methodOf({ method }: Request): string {
  return methods.includes(method) ? method : 'other';
}

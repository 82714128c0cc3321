/** Makes the OpenAPI 3.1 document from the routes, so that the schemas that validate requests also describe them. */
import type { Route } from '../route.ts';
import { answerName, type Operation, operationOf, problemResponses } from './operation.ts';
import { problem } from './problem.ts';
import { createSchemaBook, type JsonSchema } from './schema.ts';

export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: Readonly<Record<string, unknown>> & { readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
}

/** Not a route: the document is made from the routes. */
export const documentPath = '/api/v1/openapi.json';

const tagDescriptions: Readonly<Record<string, string>> = {
  metrics: 'Push samples; read current values and history.',
  write: 'Push samples by Prometheus remote write.',
  query: 'PromQL at an instant.',
  query_range: 'PromQL over a range of time.',
  hosts: 'Hosts that are scraped or that push.',
  alerts: 'Firing alerts, alert history and alert rules.',
  silences: 'Silences of Alertmanager.',
  health: 'Health of the gateway and its components.',
  v1: 'OTLP/HTTP, at the default path of OpenTelemetry exporters.',
};

/** Source: https://www.ietf.org/archive/id/draft-ietf-httpapi-ratelimit-headers-10.txt */
const quotaHeaders = {
  RateLimit: {
    description: 'Remaining requests (r) and seconds until the next one is available (t): `"collector";r=99;t=60`.',
    schema: { type: 'string' },
  },
  RateLimitPolicy: {
    description: 'Quota (q) per window of seconds (w) of each collector: `"collector";q=100;w=60`.',
    schema: { type: 'string' },
  },
};

/** `url` is the address of the API for its readers, relative to their origin. */
export function createDocument(
  routes: readonly Route[],
  { version, url = '/' }: { readonly version: string; readonly url?: string },
): OpenApiDocument {
  const schemas = createSchemaBook();
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const operations = (paths[route.path] ??= {});
    for (const method of route.methods) operations[method.toLowerCase()] = operationOf(route, method, schemas);
  }
  const tags = new Set(
    Object.values(paths).flatMap((each) => Object.values(each).flatMap((operation) => operation.tags)),
  );
  schemas.add('Problem', schemas.output(problem));
  for (const route of routes) if (route.success !== 204) schemas.add(answerName(route), schemas.output(route.response));
  return {
    openapi: '3.1.1',
    info: {
      title: 'hostpulse',
      version,
      summary: 'Push and read metrics of hosts; manage alert rules and silences.',
      description:
        'Requests give times as RFC 3339 or as milliseconds since the epoch. Responses give RFC 3339, except points of history, which are in milliseconds.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url }],
    tags: [...tags].map((name) => ({ name, description: tagDescriptions[name] ?? name })),
    paths,
    components: {
      schemas: schemas.components(),
      responses: problemResponses(routes) as unknown as Record<string, JsonSchema>,
      headers: {
        ...(routes.some(({ quota }) => quota !== undefined) ? quotaHeaders : {}),
        RetryAfter: {
          description: 'Seconds to wait before the next request.',
          schema: { type: 'integer', minimum: 0 },
        },
      },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key (`hp_...`), or a JWT if the gateway is configured for JWTs.',
        },
        apiKey: {
          type: 'apiKey',
          in: 'header',
          name: 'X-API-Key',
          description: 'An API key, for clients that cannot set Authorization.',
        },
        session: { type: 'apiKey', in: 'cookie', name: 'hostpulse_session', description: 'The session of a browser.' },
      },
    },
  };
}

/** The OpenAPI 3.1 document, made of the list of routes: what validates a request is what describes it. */
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

/** Where the gateway serves it; outside of the list of routes, from which it is made. */
export const documentPath = '/api/v1/openapi.json';

const tagDescriptions: Readonly<Record<string, string>> = {
  metrics: 'Samples in; current values and history out.',
  write: 'Samples by Prometheus remote write.',
  query: 'PromQL at one time.',
  query_range: 'PromQL over time.',
  hosts: 'The hosts that scrape or push brought.',
  alerts: "The alerts' history and rules.",
  silences: "Alertmanager's silences.",
  health: 'Whether the gateway works.',
  v1: 'OTLP/HTTP, where OpenTelemetry exporters look for it.',
};

/** Source: https://www.ietf.org/archive/id/draft-ietf-httpapi-ratelimit-headers-10.txt */
const quotaHeaders = {
  RateLimit: {
    description: 'Requests left (r), and seconds until one more is (t): `"collector";r=99;t=60`.',
    schema: { type: 'string' },
  },
  RateLimitPolicy: {
    description: 'Requests (q) in so many seconds (w) for each collector: `"collector";q=100;w=60`.',
    schema: { type: 'string' },
  },
};

export function createDocument(routes: readonly Route[], version: string): OpenApiDocument {
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
  for (const route of routes) if (route.success !== 204) schemas.add(answerName(route), schemas.output(route.answer));
  return {
    openapi: '3.1.1',
    info: {
      title: 'hostpulse',
      version,
      summary: 'Metrics of hosts, in and out.',
      description:
        'Times go in as RFC 3339 or as milliseconds since the epoch, and come out as RFC 3339; points of history carry milliseconds.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...tags].map((name) => ({ name, description: tagDescriptions[name] ?? name })),
    paths,
    components: {
      schemas: schemas.components(),
      responses: problemResponses(routes) as unknown as Record<string, JsonSchema>,
      headers: {
        ...(routes.some(({ quota }) => quota !== undefined) ? quotaHeaders : {}),
        RetryAfter: { description: 'Seconds after which to come back.', schema: { type: 'integer', minimum: 0 } },
      },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key (`hp_...`), or a JWT where the gateway is set up for them.',
        },
        apiKey: {
          type: 'apiKey',
          in: 'header',
          name: 'X-API-Key',
          description: 'The same, for those that cannot set Authorization.',
        },
        session: { type: 'apiKey', in: 'cookie', name: 'hostpulse_session', description: "The page's session." },
      },
    },
  };
}

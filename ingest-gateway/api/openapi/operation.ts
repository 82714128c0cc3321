/** Makes an OpenAPI operation from a route. */
import type { Method, Route } from '../route.ts';
import { problemStatuses, retryAfterStatuses } from './problem.ts';
import type { JsonSchema, SchemaBook } from './schema.ts';

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly [string];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: RequestBody;
  readonly responses: Readonly<Record<string, Response>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

export interface RequestBody {
  readonly description: string;
  readonly required: boolean;
  readonly content: Content;
}

export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content?: Content;
}

export type Header = { readonly $ref: string } | { readonly description: string; readonly schema: JsonSchema };

export type Content = Readonly<Record<string, { readonly schema?: JsonSchema }>>;

export const formType = 'application/x-www-form-urlencoded';
export const problemType = 'application/problem+json';

/** Unique: a route with two methods has two operations. */
export function operationId({ name, methods }: Route, method: Method): string {
  const camel = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return method === methods[0] ? camel : `${camel}${method[0]}${method.slice(1).toLowerCase()}`;
}

/** Returns the name of the response's schema among the components. */
export function answerName(route: Route): string {
  const id = operationId(route, route.methods[0] as Method);
  return `${id[0]?.toUpperCase()}${id.slice(1)}Answer`;
}

/** Alternatives; each lists the scopes that allow the call. */
function securityOf({ scope }: Route): Operation['security'] {
  if (scope === null) return [];
  const roles = scope === 'admin' ? ['admin'] : [scope, 'admin'];
  return [{ bearer: roles }, { apiKey: roles }, { session: roles }];
}

export function operationOf(route: Route, method: Method, schemas: SchemaBook): Operation {
  const isForm = takesForm(route, method);
  const pathNames = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const { properties = {}, required = [] } = schemas.input(route.parameters) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  const parameters = Object.entries(properties)
    .filter(([name]) => !isForm || pathNames.includes(name))
    .map(([name, { description, ...schema }]) => ({
      name,
      in: pathNames.includes(name) ? ('path' as const) : ('query' as const),
      required: required.includes(name),
      ...(typeof description === 'string' ? { description } : {}),
      schema,
    }));
  const requestBody = requestBodyOf(route, method, schemas);
  return {
    operationId: operationId(route, method),
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    tags: [tagOf(route)],
    security: securityOf(route),
    parameters,
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: responsesOf(route, method, schemas),
  };
}

/** Returns the first part of the path below `/api/v1`. */
function tagOf({ path }: Route): string {
  return path.replace(/^\/api\/v1/, '').split('/')[1] ?? 'api';
}

function takesForm({ methods, body }: Route, method: Method): boolean {
  return method === 'POST' && body === undefined && methods.includes('GET');
}

function requestBodyOf(route: Route, method: Method, schemas: SchemaBook): RequestBody | undefined {
  if (takesForm(route, method))
    return {
      description: 'The parameters as a form; the URL may have some of them.',
      required: false,
      content: { [formType]: { schema: schemas.input(route.parameters) } },
    };
  if (route.body === undefined || method === 'GET' || method === 'DELETE') return undefined;
  const { description, content } = route.body;
  const shapes = Object.entries(content).map(
    ([type, schema]) => [type, schema === null ? {} : { schema: schemas.input(schema) }] as const,
  );
  return { description, required: true, content: Object.fromEntries(shapes) };
}

const quotaHeaders = {
  RateLimit: { $ref: '#/components/headers/RateLimit' },
  'RateLimit-Policy': { $ref: '#/components/headers/RateLimitPolicy' },
};

function ownHeaders({ headers = {} }: Route): Readonly<Record<string, Header>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}

function responsesOf(route: Route, method: Method, schemas: SchemaBook): Operation['responses'] {
  const { success = 200, otherResponses = {}, otherTypes = [] } = route;
  const shape = { 'application/json': { schema: { $ref: `#/components/schemas/${answerName(route)}` } } };
  const done =
    success === 204
      ? { description: 'Done.' }
      : {
          description: route.summary,
          content: { ...shape, ...Object.fromEntries(otherTypes.map((type) => [type, {}])) },
        };
  const headers = { ...(route.quota === undefined ? {} : quotaHeaders), ...ownHeaders(route) };
  const responses: Record<string, Response> = {
    [success]: Object.keys(headers).length === 0 ? done : { ...done, headers },
  };
  for (const [status, other] of Object.entries(otherResponses)) {
    if (typeof other === 'string') {
      responses[status] = { description: other, content: shape };
      continue;
    }
    const schema = schemas.output(other.response);
    const usual = responses[status];
    responses[status] =
      usual === undefined
        ? { description: other.description, content: { 'application/json': { schema } } }
        : {
            ...usual,
            description: `${usual.description} ${other.description}`,
            content: { 'application/json': { schema: { anyOf: [shape['application/json'].schema, schema] } } },
          };
  }
  for (const status of problemsOf(route, method))
    responses[status] ??= { $ref: `#/components/responses/${status}` } as never;
  return responses;
}

/** Returns the problems that follow from scope, parameters and body, and those that the route adds. */
function problemsOf({ scope, body, problems = [] }: Route, method: Method): readonly number[] {
  const isWrite = method !== 'GET';
  const hasBody = method === 'POST' || (method === 'PUT' && body !== undefined);
  const found = [
    400, // a call without parameters refuses unknown ones
    ...(scope === null ? [] : [401, 403, 429, 503]),
    ...(isWrite ? [403, 421] : []),
    ...(hasBody ? [413, 415] : []),
    ...problems,
    500,
  ];
  return [...new Set(found)].sort((left, right) => left - right);
}

/** Returns the components that the problems of these routes refer to. */
export function problemResponses(routes: readonly Route[]): Readonly<Record<string, Response>> {
  const used = new Set(routes.flatMap((route) => route.methods.flatMap((method) => problemsOf(route, method))));
  const responses = [...used].map((status) => {
    const isRetried = retryAfterStatuses.includes(status);
    const description = problemStatuses[status];
    if (description === undefined) throw new Error(`openapi/problem.ts has no description of status ${status}`);
    return [
      String(status),
      {
        description,
        ...(isRetried ? { headers: { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } } : {}),
        content: { [problemType]: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ] as const;
  });
  return Object.fromEntries(responses);
}

/** Defines an API call: path, scope, schemas, handler. Requests are validated and the OpenAPI document is made from it. */
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import type { Principal, Scope } from '../../common/http/auth.ts';
import type { ParameterSchema } from '../http/request-input.ts';
import type { Services } from './services.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface RouteRequest<Q> {
  /** Validated. */
  readonly parameters: Q;
  /** Undefined if the route's scope is null. */
  readonly principal: Principal | undefined;
  /** Aborted when the caller disconnects. */
  readonly signal: AbortSignal;
  /** For headers and the body, which the route reads. */
  readonly incoming: IncomingMessage;
  /** Whether the caller prefers a body that is compressed by gzip. */
  readonly acceptsGzip: boolean;
}

export interface RouteBody {
  readonly description: string;
  /** The schema of each media type; null for formats other than JSON. */
  readonly content: Readonly<Record<string, z.ZodType | null>>;
  /** Limit of the body as sent, before decompression, for the document. The route enforces it. */
  readonly maxBytes?: number;
}

export interface RouteResponse<R> {
  readonly status: number;
  /** Rendered as JSON, except bytes, which are sent as they are. */
  readonly body: R | Buffer | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** The media type of bytes that are not JSON. */
  readonly type?: string;
}

export interface OtherResponse {
  readonly description: string;
  readonly response: z.ZodType;
}

export interface RouteSpec<Q extends ParameterSchema, R extends z.ZodType> {
  /** Unique, in kebab case: the name of the route's file, its label in metrics, and its operation in the OpenAPI document. */
  readonly name: string;
  /** Several if a POST takes as a form the parameters that a GET takes in the URL. */
  readonly methods: readonly Method[];
  /** A part in braces, such as `{id}`, is a parameter. */
  readonly path: string;
  /** Null: no credential is needed. */
  readonly scope: Scope | null;
  /** The call covers all hosts: 403 for a credential that is bound to one. By default the route itself restricts the hosts. */
  readonly hosts?: 'all';
  /** Requests count against the quota of their collector, and responses say how many are left. */
  readonly quota?: 'collector';
  readonly summary: string;
  /** Guarantees beyond the summary. */
  readonly description?: string;
  readonly parameters: Q;
  /** Absent if the call has no body other than a form of its parameters. */
  readonly body?: RouteBody;
  readonly response: R;
  /** Other media types of the successful response. */
  readonly otherTypes?: readonly string[];
  /** Status of the successful response. Default: 200. */
  readonly success?: 200 | 201 | 202 | 204;
  /** Other statuses that are not problems, with their description; a text means the schema of the successful response. */
  readonly otherResponses?: Readonly<Record<number, string | OtherResponse>>;
  /** Headers of the successful response, besides those of a quota, with their description. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses of problems, besides those that follow from scope, parameters and body. */
  readonly problems?: readonly number[];
  handle(request: RouteRequest<z.output<Q>>, services: Services): Promise<RouteResponse<z.input<R>>>;
}

/** A route without the types of its schemas. */
export type Route = RouteSpec<ParameterSchema, z.ZodType>;

/** Checks the handler against the schemas at compile time and returns the route. */
export function defineRoute<Q extends ParameterSchema, R extends z.ZodType>(spec: RouteSpec<Q, R>): Route {
  return spec as unknown as Route;
}

export function ok<R>(body: R): RouteResponse<R> {
  return { status: 200, body };
}

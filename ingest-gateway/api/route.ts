/** What a call of the API is: where, for whom, which shapes go in and out, and what it does. OpenAPI is made from the same. */
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import type { Principal, Scope } from '../../common/http/auth.ts';
import type { Services } from '../services.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** A flat object: parameters have names and values, some several. */
export type ParameterSchema = z.ZodObject<Record<string, z.ZodType>>;

export interface RouteRequest<Q> {
  /** Checked; unknown names never get here. */
  readonly parameters: Q;
  /** Absent where the route's scope is null. */
  readonly principal: Principal | undefined;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
  /** Headers, and the body of a route that has one: unread, and large at times. */
  readonly incoming: IncomingMessage;
}

export interface RouteBody {
  readonly description: string;
  /** By media type: the shape, or null for bytes of another format. */
  readonly content: Readonly<Record<string, z.ZodType | null>>;
  /** Of the whole body as it comes, for the document; the route enforces it. */
  readonly maxBytes?: number;
}

/** The body becomes JSON; bytes are JSON already; undefined is none. */
export interface RouteAnswer<A> {
  readonly status: number;
  readonly body: A | Buffer | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of bytes that are no JSON. */
  readonly type?: string;
}

export interface OtherAnswer {
  readonly description: string;
  readonly answer: z.ZodType;
}

export interface RouteSpec<Q extends ParameterSchema, A extends z.ZodType> {
  /** Unique, in kebab case: the route's file and its label in metrics and OpenAPI. */
  readonly name: string;
  /** More than one where the same parameters come by URL (GET) or by form (POST). */
  readonly methods: readonly Method[];
  /** With `{id}` for a part that is a parameter. */
  readonly path: string;
  /** Null: no credential needed. */
  readonly scope: Scope | null;
  /** Requests are counted for each collector, and answers say how many are left; absent: they are not counted. */
  readonly quota?: 'collector';
  readonly summary: string;
  /** What the call promises beyond its summary, for the document. */
  readonly description?: string;
  readonly parameters: Q;
  /** What the body holds; absent: nothing, but for the parameters as a form where POST answers as GET does. */
  readonly body?: RouteBody;
  readonly answer: A;
  /** Other media types of the answer that succeeds. */
  readonly alsoAs?: readonly string[];
  /** Of the answer that succeeds; 200 where absent. */
  readonly success?: 200 | 201 | 202 | 204;
  /** Other statuses, each with when it is given; they carry the answer's shape where they name no other. */
  readonly alsoAnswers?: Readonly<Record<number, string | OtherAnswer>>;
  /** Of the answer that succeeds, beside those of a quota; each with what it says. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Problems beyond those that follow from scope, parameters and body. */
  readonly refusals?: readonly number[];
  handle(request: RouteRequest<z.output<Q>>, services: Services): Promise<RouteAnswer<z.input<A>>>;
}

/** A route in a list beside others of other shapes. */
export type Route = RouteSpec<ParameterSchema, z.ZodType>;

/** Checks the shapes of a route against one another, then forgets them. */
export function defineRoute<Q extends ParameterSchema, A extends z.ZodType>(spec: RouteSpec<Q, A>): Route {
  return spec as unknown as Route;
}

/** The usual answer. */
export function ok<A>(body: A): RouteAnswer<A> {
  return { status: 200, body };
}

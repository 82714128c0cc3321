/** What a call of the API is: where, for whom, which shapes go in and out, and what it does. OpenAPI is made from the same. */
import type { z } from 'zod';
import type { Principal, Scope } from '../common/http/auth.ts';
import type { Services } from './services.ts';

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
}

/** The body becomes JSON; bytes are JSON already. */
export interface RouteAnswer<A> {
  readonly status: number;
  readonly body: A | Buffer;
}

export interface RouteSpec<Q extends ParameterSchema, A extends z.ZodType> {
  /** Unique, in kebab case: the route's file and its label in metrics and OpenAPI. */
  readonly name: string;
  /** More than one where the same parameters come by URL (GET) or by form (POST). */
  readonly methods: readonly Method[];
  readonly path: string;
  /** Null: no credential needed. */
  readonly scope: Scope | null;
  readonly summary: string;
  readonly parameters: Q;
  readonly answer: A;
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

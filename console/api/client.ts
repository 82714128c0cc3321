/** HTTP client of the gateway's API: JSON bodies, problem documents as errors. The browser adds the session cookie. */
import type { Store } from '../state/store.ts';
import { createConnection, type Health, type Outage } from './connection.ts';
import { NotAnswering, parseProblem } from './problem.ts';

export interface FormCall<T> {
  /** Parameters in the body, because PromQL can be longer than a URL allows. */
  readonly form: URLSearchParams;
  /** Parses the response body. */
  readonly parse: (body: string) => T;
  readonly signal: AbortSignal;
}

interface Write {
  /** Sent as JSON. Absent: no body. */
  readonly body?: unknown;
  /** Revision that the resource must still have. The API answers 412 if it has another one. */
  readonly ifRevision?: number;
}

/**
 * All methods throw `ApiProblem` for an error response, `NotAnswering` without a response, and the reason of an aborted
 * `signal`.
 */
export interface Api {
  /** Undefined while the gateway and Prometheus answer. */
  readonly outage: Store<Outage | undefined>;
  /** Incremented when an outage ends. Failed requests are then repeated. */
  readonly reconnects: Store<number>;
  get<T>(path: string, options?: { readonly signal?: AbortSignal }): Promise<T>;
  /** Sends a query, which the gateway passes to Prometheus. */
  postForm<T>(path: string, call: FormCall<T>): Promise<T>;
  /** Returns undefined for a response without a body. */
  send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, write?: Write): Promise<T | undefined>;
}

/** Statuses of a gateway, or of a proxy in front of it, that got no answer from the program behind it. */
const unavailable: readonly number[] = [502, 503, 504];

interface ApiOptions {
  /** Called when a response says that the session has expired. */
  readonly onSessionExpired: () => void;
  readonly isVisible: () => boolean;
}

export function createApi({ onSessionExpired, isVisible }: ApiOptions): Api {
  const connection = createConnection({ readHealth, isVisible, now: () => Date.now() });
  connection.start();

  async function call(path: string, init: RequestInit, needs: readonly Outage['what'][] = ['gateway']) {
    const { response, body } = await fetchText(path, init, needs);
    if (response.ok) return body;
    if (response.status === 401) onSessionExpired();
    if (unavailable.includes(response.status)) connection.check();
    throw parseProblem(response.status, body);
  }

  async function fetchText(path: string, init: RequestInit, needs: readonly Outage['what'][]) {
    const given = init.signal ?? undefined;
    const outages = needs.map((what) => connection.signalOf(what));
    try {
      const signal = AbortSignal.any([...outages, ...(given === undefined ? [] : [given])]);
      const response = await fetch(path, { credentials: 'same-origin', ...init, signal });
      return { response, body: await response.text() };
    } catch (cause) {
      given?.throwIfAborted();
      connection.check();
      const down = needs.find((_, index) => outages[index]?.aborted === true) ?? 'gateway';
      throw new NotAnswering(down, { cause });
    }
  }

  return {
    outage: connection.outage,
    reconnects: connection.reconnects,
    async get<T>(path: string, { signal }: { readonly signal?: AbortSignal } = {}) {
      return JSON.parse(await call(path, signal === undefined ? {} : { signal })) as T;
    },
    async postForm(path, { form, parse, signal }) {
      return parse(await call(path, { method: 'POST', body: form, signal }, ['gateway', 'prometheus']));
    },
    async send<T>(method: string, path: string, { body, ifRevision }: Write = {}) {
      const headers = {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(ifRevision === undefined ? {} : { 'If-Match': `"${ifRevision}"` }),
      };
      const text = await call(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      return text === '' ? undefined : (JSON.parse(text) as T);
    },
  };
}

/** The call needs no session. It answers 503 when the gateway's database does not answer. */
async function readHealth(signal: AbortSignal): Promise<Health> {
  const response = await fetch('/api/v1/health', { cache: 'no-store', signal });
  if (!response.ok && response.status !== 503) throw new Error(`expected the health, got status ${response.status}`);
  return (await response.json()) as Health;
}

/** HTTP client of the gateway's API: JSON bodies, problem documents as errors. The browser adds the session cookie. */
import type { Connection } from './connection.ts';
import { GatewayUnreachable, parseProblem } from './problem.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface FormCall<T> {
  /** Parameters in the body, because PromQL can be longer than a URL allows. */
  readonly form: URLSearchParams;
  /** Parses the response body. */
  readonly parse: (body: string) => T;
  readonly signal: AbortSignal;
}

export interface Write {
  /** Sent as JSON. Absent: no body. */
  readonly body?: unknown;
  /** Revision that the resource must still have. The API answers 412 if it has another one. */
  readonly ifRevision?: number;
}

/**
 * All methods throw `ApiProblem` for an error response, `GatewayUnreachable` without a response, and the reason of an
 * aborted `signal`.
 */
export interface Api {
  get<T>(path: string, options?: CallOptions): Promise<T>;
  postForm<T>(path: string, call: FormCall<T>): Promise<T>;
  /** Returns undefined for a response without a body. */
  send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, write?: Write): Promise<T | undefined>;
}

export interface ApiOptions {
  readonly connection: Connection;
  /** Called when the session has expired. */
  readonly onSessionExpired: () => void;
}

export function createApi({ connection, onSessionExpired }: ApiOptions): Api {
  async function call(path: string, init: RequestInit): Promise<string> {
    const { response, body } = await fetchText(path, init);
    if (response.ok) return body;
    if (response.status === 401) onSessionExpired();
    throw parseProblem(response.status, body);
  }

  async function fetchText(path: string, init: RequestInit) {
    const given = init.signal ?? undefined;
    try {
      return await connection.send(
        async (outage) => {
          const signal = given === undefined ? outage : AbortSignal.any([given, outage]);
          const response = await fetch(path, { credentials: 'same-origin', ...init, signal });
          return { response, body: await response.text() };
        },
        () => given?.aborted === true,
      );
    } catch (cause) {
      given?.throwIfAborted();
      throw new GatewayUnreachable({ cause });
    }
  }

  return {
    async get<T>(path: string, { signal }: CallOptions = {}) {
      return JSON.parse(await call(path, signal === undefined ? {} : { signal })) as T;
    },
    async postForm(path, { form, parse, signal }) {
      return parse(await call(path, { method: 'POST', body: form, signal }));
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

/** Calls of the gateway: JSON in and out, its problems as errors. The session's cookie goes along by itself. */
import type { Connection } from './connection.ts';
import { GatewayUnreachable, parseProblem } from './problem.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface FormCall<T> {
  /** Parameters: PromQL is longer than URLs may be. */
  readonly form: URLSearchParams;
  /** Makes the answer of its body. */
  readonly parse: (body: string) => T;
  readonly signal: AbortSignal;
}

export interface Write {
  /** Becomes JSON; absent: there is none. */
  readonly body?: unknown;
  /** Only as long as the thing is still of this revision; 412 otherwise. */
  readonly ifRevision?: number;
}

/** All throw `ApiProblem` for a refusal, `GatewayUnreachable` when nobody answers, and what `signal` was aborted with. */
export interface Api {
  get<T>(path: string, options?: CallOptions): Promise<T>;
  postForm<T>(path: string, call: FormCall<T>): Promise<T>;
  /** A write; undefined where the answer has no body. */
  send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, write?: Write): Promise<T | undefined>;
}

export interface ApiOptions {
  readonly connection: Connection;
  /** The session is over. */
  readonly onLoggedOut: () => void;
}

export function createApi({ connection, onLoggedOut }: ApiOptions): Api {
  async function call(path: string, init: RequestInit): Promise<string> {
    const { response, body } = await reach(path, init);
    if (response.ok) return body;
    if (response.status === 401) onLoggedOut();
    throw parseProblem(response.status, body);
  }

  async function reach(path: string, init: RequestInit) {
    const given = init.signal ?? undefined;
    try {
      return await connection.answer(
        async (gone) => {
          const signal = given === undefined ? gone : AbortSignal.any([given, gone]);
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

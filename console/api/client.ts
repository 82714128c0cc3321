/**
 * HTTP client of the gateway's API: JSON bodies, problem documents as errors. The browser adds the session cookie.
 * An outage begins with a failed request, or when no response arrives for `silenceMs` and a health check fails, too: a
 * hanging gateway accepts connections without answering. Slow queries alone are no outage. During an outage no request is
 * sent; a health check every `retryMs` ends the outage.
 */
import { createStore, type Store } from '../state/store.ts';
import { GatewayUnreachable, parseProblem } from './problem.ts';

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
 * All methods throw `ApiProblem` for an error response, `GatewayUnreachable` without a response, and the reason of an
 * aborted `signal`.
 */
export interface Api {
  readonly isUnreachable: Store<boolean>;
  /** Incremented when the gateway is reachable again. Failed requests are then repeated. */
  readonly reconnects: Store<number>;
  get<T>(path: string, options?: { readonly signal?: AbortSignal }): Promise<T>;
  postForm<T>(path: string, call: FormCall<T>): Promise<T>;
  /** Returns undefined for a response without a body. */
  send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, write?: Write): Promise<T | undefined>;
}

/** `onSessionExpired` is called when a response says so. */
export function createApi(onSessionExpired: () => void): Api {
  const connection = createConnection();

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
    isUnreachable: connection.isUnreachable,
    reconnects: connection.reconnects,
    async get<T>(path: string, { signal }: { readonly signal?: AbortSignal } = {}) {
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

/** Time between health checks during an outage. */
const retryMs = 2_000;
/** Time without any response before a health check; also the timeout of the health check. */
const silenceMs = 5_000;

/** Tracks whether the gateway is reachable. */
function createConnection() {
  const isUnreachable = createStore(false);
  const reconnects = createStore(0);
  let requests = new AbortController();
  let waiting = 0;
  let silenceTimer: ReturnType<typeof setTimeout> | undefined;

  async function isHealthy(): Promise<boolean> {
    try {
      return (await fetch('/-/healthy', { cache: 'no-store', signal: AbortSignal.timeout(silenceMs) })).ok;
    } catch {
      return false;
    }
  }

  /** Continues when a request is aborted: with a short refresh interval, each request is aborted in favour of the next. */
  function watchForSilence(): void {
    if (isUnreachable.get() || silenceTimer !== undefined) return;
    const timer = setTimeout(async () => {
      const isUp = await isHealthy();
      if (silenceTimer !== timer) return;
      silenceTimer = undefined;
      if (!isUp) beginOutage();
      else if (waiting > 0) watchForSilence();
    }, silenceMs);
    silenceTimer = timer;
  }

  function scheduleHealthCheck(): void {
    setTimeout(async () => {
      if (!isUnreachable.get()) return;
      if (await isHealthy()) endOutage();
      else scheduleHealthCheck();
    }, retryMs);
  }

  function beginOutage(): void {
    if (isUnreachable.get()) return;
    isUnreachable.set(true);
    // Hanging requests occupy the browser's few connections, which health checks need.
    requests.abort();
    requests = new AbortController();
    scheduleHealthCheck();
  }

  function endOutage(): void {
    clearTimeout(silenceTimer);
    silenceTimer = undefined;
    if (!isUnreachable.get()) return;
    isUnreachable.set(false);
    reconnects.set(reconnects.get() + 1);
  }

  return {
    isUnreachable,
    reconnects,
    /**
     * Sends a request and returns its response. The signal given to `request` aborts when an outage begins. Rejects at once
     * during an outage. `isGivenUp` tells whether the caller aborted a failed request, which is no sign of an outage.
     */
    async send<T>(request: (outage: AbortSignal) => Promise<T>, isGivenUp: () => boolean): Promise<T> {
      if (isUnreachable.get()) throw new Error('not sent: the gateway is unreachable');
      waiting += 1;
      watchForSilence();
      try {
        const response = await request(requests.signal);
        endOutage();
        return response;
      } catch (error) {
        if (!isGivenUp()) beginOutage();
        throw error;
      } finally {
        waiting -= 1;
        if (waiting > 0) watchForSilence();
      }
    },
  };
}

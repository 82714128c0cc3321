/**
 * Creates the HTTP client of the gateway's API: JSON bodies, problem documents as errors. The browser adds the session cookie. Tracks
 * outages of the gateway and of Prometheus: a call to a program that does not answer fails at once.
 */
import { createStore, type Store } from '../state/store.ts';
import { isNotAnswering, NotAnswering, type Outage, parseProblem } from './problem.ts';

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
  /** Revision that the resource must still have. The API answers 412 when the resource has another revision. */
  readonly ifRevision?: number;
}

/**
 * All methods throw `ApiProblem` for an error response, `NotAnswering` without a response, and the reason of an aborted
 * `signal`.
 */
export interface Api extends Pick<Connection, 'outage' | 'faults' | 'reconnects'> {
  get<T>(path: string, options?: { readonly signal?: AbortSignal }): Promise<T>;
  /** Sends a query, which the gateway passes to Prometheus. */
  postForm<T>(path: string, call: FormCall<T>): Promise<T>;
  /** Returns undefined for a response without a body. */
  send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, write?: Write): Promise<T | undefined>;
}

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
    const problem = parseProblem(response.status, body);
    if (isNotAnswering(problem)) connection.check();
    throw problem;
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
    faults: connection.faults,
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

/** Reads the gateway's health. The call needs no session. It answers 503 when the gateway's database does not answer. */
async function readHealth(signal: AbortSignal): Promise<Health> {
  const response = await fetch('/api/v1/health', { cache: 'no-store', signal });
  if (!response.ok && response.status !== 503) throw new Error(`expected the health, got status ${response.status}`);
  return (await response.json()) as Health;
}

interface ComponentHealth {
  readonly status: 'ok' | 'degraded' | 'down';
  readonly reason?: string;
}

export interface Health {
  readonly components: Readonly<Record<string, ComponentHealth>> & { readonly prometheus: ComponentHealth };
}

/** Returns why each component other than Prometheus, whose outage the page tracks, is not ok. */
function faultsOf({ components }: Health): readonly string[] {
  return Object.entries(components).flatMap(([name, { status, reason = `${name} is ${status}` }]) =>
    status === 'ok' || name === 'prometheus' ? [] : [reason],
  );
}

/**
 * Tracks whether the gateway and Prometheus answer. Asks the gateway for its health every `checkMs` while the page is visible,
 * which also detects programs that accept connections without answering. A failed request of the page asks at once.
 * During an outage, requests that depend on the silent program are aborted and refused, and repeated afterwards.
 */
export interface Connection {
  /** Undefined while the gateway and Prometheus answer. */
  readonly outage: Store<Outage | undefined>;
  /** Faults of other components, such as a queue whose disk is full. Empty while the gateway does not answer. */
  readonly faults: Store<readonly string[]>;
  /** Incremented when an outage ends. Requests that failed are then repeated. */
  readonly reconnects: Store<number>;
  /** Aborts when the outage of a program begins. Aborted already during the outage. */
  signalOf(what: Outage['what']): AbortSignal;
  /** Asks for the health now, after a sign of trouble. */
  check(): void;
  start(): void;
}

interface ConnectionOptions {
  /** Returns the response to a health check. Rejects when none arrives before the signal aborts. */
  readonly readHealth: (signal: AbortSignal) => Promise<Health>;
  readonly isVisible: () => boolean;
  readonly now: () => number;
  readonly checkMs?: number;
  readonly timeoutMs?: number;
  /** Prometheus is asked twice: one slow answer of a busy server is no outage. */
  readonly repeatMs?: number;
}

export function createConnection(options: ConnectionOptions): Connection {
  const { readHealth, isVisible, now, checkMs = 2_500, timeoutMs = 5_000, repeatMs = 500 } = options;
  const outage = createStore<Outage | undefined>(undefined);
  const faults = createStore<readonly string[]>([]);
  const reconnects = createStore(0);
  const aborts = { gateway: new AbortController(), prometheus: new AbortController() };
  const hasAnswered = { gateway: false, prometheus: false };
  let checking: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let downs = 0;

  async function readNow(): Promise<Outage['what'] | undefined> {
    try {
      const health = await readHealth(AbortSignal.timeout(timeoutMs));
      showFaults(faultsOf(health));
      return health.components.prometheus.status === 'down' ? 'prometheus' : undefined;
    } catch {
      showFaults([]);
      return 'gateway';
    }
  }

  async function checkOnce(): Promise<void> {
    const down = await readNow();
    downs = down === 'prometheus' ? downs + 1 : 0;
    if (down !== 'gateway') hasAnswered.gateway = true;
    if (down === undefined) hasAnswered.prometheus = true;
    if (down !== 'prometheus' || downs > 1 || outage.get()?.what === 'prometheus') show(down);
  }

  function showFaults(next: readonly string[]): void {
    if (next.join('\n') !== faults.get().join('\n')) faults.set(next);
  }

  function show(down: Outage['what'] | undefined): void {
    const before = outage.get()?.what;
    if (down === before) return;
    if (before !== undefined) aborts[before] = new AbortController();
    if (down !== undefined) aborts[down].abort(new Error(`${down} is not answering`));
    outage.set(down === undefined ? undefined : { what: down, ...(hasAnswered[down] ? { sinceMs: now() } : {}) });
    if (before !== undefined) reconnects.set(reconnects.get() + 1);
  }

  function schedule(): void {
    clearTimeout(timer);
    timer = setTimeout(() => (isVisible() ? check() : schedule()), downs === 1 && isVisible() ? repeatMs : checkMs);
  }

  function check(): void {
    checking ??= checkOnce().finally(() => {
      checking = undefined;
      schedule();
    });
  }

  return {
    outage,
    faults,
    reconnects,
    signalOf: (what) => aborts[what].signal,
    check,
    start: check,
  };
}

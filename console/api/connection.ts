/**
 * Tracks whether the gateway and Prometheus answer. Asks the gateway for its health every `checkMs` while the page is visible,
 * which also detects programs that accept connections without answering. A failed request of the page asks at once.
 * During an outage, requests that depend on the silent program are aborted and refused, and repeated afterwards.
 */
import { createStore, type Store } from '../state/store.ts';

export interface Outage {
  readonly what: 'gateway' | 'prometheus';
  /** When the page noticed that the program stopped answering. Absent if it has not answered since the page was opened. */
  readonly sinceMs?: number;
}

export interface Health {
  readonly components: { readonly prometheus: { readonly status: 'ok' | 'degraded' | 'down' } };
}

export interface Connection {
  readonly outage: Store<Outage | undefined>;
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
  const reconnects = createStore(0);
  const aborts = { gateway: new AbortController(), prometheus: new AbortController() };
  const hasAnswered = { gateway: false, prometheus: false };
  let checking: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let downs = 0;

  async function readNow(): Promise<Outage['what'] | undefined> {
    try {
      const { components } = await readHealth(AbortSignal.timeout(timeoutMs));
      return components.prometheus.status === 'down' ? 'prometheus' : undefined;
    } catch {
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
    reconnects,
    signalOf: (what) => aborts[what].signal,
    check,
    start: check,
  };
}

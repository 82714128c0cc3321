/**
 * Tracks whether the gateway is reachable.
 * An outage begins with a failed request, or when no response arrives for `silenceMs` and a health check fails, too: a
 * hanging gateway accepts connections without answering. Slow queries alone are no outage. During an outage no request is
 * sent; a health check every `retryMs` ends the outage.
 */
import { createStore, type Store } from '../state/store.ts';

export interface Connection {
  readonly isUnreachable: Store<boolean>;
  /** Incremented when the gateway is reachable again. Failed requests are then repeated. */
  readonly reconnects: Store<number>;
  /**
   * Sends a request and returns its response. The signal given to `request` aborts when an outage begins. Rejects at once
   * during an outage. `isGivenUp` tells whether the caller aborted a failed request, which is no sign of an outage.
   */
  send<T>(request: (outage: AbortSignal) => Promise<T>, isGivenUp: () => boolean): Promise<T>;
}

export interface ConnectionTimings {
  /** Time between health checks during an outage. */
  readonly retryMs: number;
  /** Time without any response before a health check; also the timeout of the health check. */
  readonly silenceMs: number;
}

export function createConnection(
  { retryMs, silenceMs }: ConnectionTimings = { retryMs: 2_000, silenceMs: 5_000 },
): Connection {
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

  async function checkHealth(): Promise<void> {
    if (await isHealthy()) endOutage();
    else scheduleHealthCheck();
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
    setTimeout(() => {
      if (isUnreachable.get()) void checkHealth();
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
    async send(request, isGivenUp) {
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

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
  answer<T>(request: (gone: AbortSignal) => Promise<T>, isGivenUp: () => boolean): Promise<T>;
}

export interface Patience {
  /** Time between health checks during an outage. */
  readonly retryMs: number;
  /** Time without any response before a health check; also the timeout of the health check. */
  readonly silenceMs: number;
}

export function createConnection({ retryMs, silenceMs }: Patience = { retryMs: 2_000, silenceMs: 5_000 }): Connection {
  const isUnreachable = createStore(false);
  const reconnects = createStore(0);
  let unanswered = new AbortController();
  let waiting = 0;
  let watch: ReturnType<typeof setTimeout> | undefined;

  async function lives(): Promise<boolean> {
    try {
      return (await fetch('/-/healthy', { cache: 'no-store', signal: AbortSignal.timeout(silenceMs) })).ok;
    } catch {
      return false;
    }
  }

  async function ask(): Promise<void> {
    if (await lives()) find();
    else waitAndAsk();
  }

  /** Continues when a request is aborted: with a short refresh interval, each request is aborted in favour of the next. */
  function watchSilence(): void {
    if (isUnreachable.get() || watch !== undefined) return;
    const mine = setTimeout(async () => {
      const isAlive = await lives();
      if (watch !== mine) return;
      watch = undefined;
      if (!isAlive) lose();
      else if (waiting > 0) watchSilence();
    }, silenceMs);
    watch = mine;
  }

  function waitAndAsk(): void {
    setTimeout(() => {
      if (isUnreachable.get()) void ask();
    }, retryMs);
  }

  function lose(): void {
    if (isUnreachable.get()) return;
    isUnreachable.set(true);
    // Hanging requests occupy the browser's few connections, which health checks need.
    unanswered.abort();
    unanswered = new AbortController();
    waitAndAsk();
  }

  function find(): void {
    clearTimeout(watch);
    watch = undefined;
    if (!isUnreachable.get()) return;
    isUnreachable.set(false);
    reconnects.set(reconnects.get() + 1);
  }

  return {
    isUnreachable,
    reconnects,
    async answer(request, isGivenUp) {
      if (isUnreachable.get()) throw new Error('not sent: the gateway is gone');
      waiting += 1;
      watchSilence();
      try {
        const answer = await request(unanswered.signal);
        find();
        return answer;
      } catch (error) {
        if (!isGivenUp()) lose();
        throw error;
      } finally {
        waiting -= 1;
        if (waiting > 0) watchSilence();
      }
    },
  };
}

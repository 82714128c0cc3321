/**
 * Whether the gateway answers; while it does not, it is asked every two seconds, and the page goes on by itself. One that takes
 * connections and says nothing is as gone as one that refuses them: silence is followed by a question that any gateway that
 * runs answers at once, however long its queries take.
 */
import { createStore, type Store } from '../state/store.ts';

export interface Connection {
  /** True while nobody answers. */
  readonly isUnreachable: Store<boolean>;
  /** Grows each time the gateway is back: what failed meanwhile is asked again. */
  readonly reconnects: Store<number>;
  /**
   * The answer of a request, which is sent with the signal given: it aborts when there will be none. While the gateway is gone
   * nothing is sent. Rejects with what the request rejects with; `isGivenUp` says whether that was its sender's own doing.
   */
  answer<T>(request: (gone: AbortSignal) => Promise<T>, isGivenUp: () => boolean): Promise<T>;
}

export interface Patience {
  /** Between questions while it is gone. */
  readonly retryMs: number;
  /** Of all requests together, before it is asked whether it lives; then once more for that answer. */
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

  /** Goes on when a request is given up: on a page that refreshes each is given up for the next. */
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
    // What hangs holds the browser's few connections, which the questions need.
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

/** Whether the gateway answers; while it does not, it is asked every two seconds, and the page goes on by itself. */
import { createStore, type Store } from '../hooks/store.ts';

export interface Connection {
  /** True while nobody answers. */
  readonly isGone: Store<boolean>;
  /** Grows each time the gateway is back: what failed meanwhile is asked again. */
  readonly comebacks: Store<number>;
  /** A request found nobody. */
  lose(): void;
  /** A request was answered. */
  find(): void;
}

const retryMs = 2_000;

export function createConnection(): Connection {
  const isGone = createStore(false);
  const comebacks = createStore(0);

  async function ask(): Promise<void> {
    try {
      const { ok } = await fetch('/-/healthy', { cache: 'no-store' });
      if (ok) return find();
    } catch {
      // still nobody: asked again
    }
    waitAndAsk();
  }

  function waitAndAsk(): void {
    setTimeout(() => {
      if (isGone.get()) void ask();
    }, retryMs);
  }

  function find(): void {
    if (!isGone.get()) return;
    isGone.set(false);
    comebacks.set(comebacks.get() + 1);
  }

  return {
    isGone,
    comebacks,
    lose() {
      if (isGone.get()) return;
      isGone.set(true);
      waitAndAsk();
    },
    find,
  };
}

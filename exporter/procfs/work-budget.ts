/**
 * Bounds work whose size the host decides (its sockets, its processes): it is given up after a time limit, the event
 * loop is free in between, and work that was given up is not tried again for a while.
 */

export interface BudgetOptions {
  /** Names the work in the error: `the socket tables`. */
  readonly what: string;
  readonly limitMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface Budget {
  /**
   * Runs the work, which awaits `pause()` between its steps. Rejects when the limit is over, when the signal ends, and at
   * once for the rest after a reading that was given up.
   */
  spend<Value>(signal: AbortSignal, work: (pause: () => Promise<void> | undefined) => Promise<Value>): Promise<Value>;
}

/** The work was given up, or not begun because it was given up a short while ago. */
export class OverBudget extends Error {}

/** How long others may wait for the event loop. */
const sliceMs = 5;

/** Work that was given up is tried again after this many times its limit: it takes 1 % of a CPU at most. */
const restFactor = 100;

export function createBudget({ what, limitMs, now }: BudgetOptions): Budget {
  let gaveUpAtMs: number | undefined;
  return {
    async spend(signal, work) {
      const restedMs = now() - (gaveUpAtMs ?? 0);
      if (gaveUpAtMs !== undefined && restedMs >= 0 && restedMs < limitMs * restFactor) throw tooMuch(what, limitMs);
      const startedMs = performance.now();
      let sliceStartedMs = startedMs;
      const pause = (): Promise<void> | undefined => {
        const timeMs = performance.now();
        if (timeMs - startedMs > limitMs || signal.aborted) {
          gaveUpAtMs = now();
          throw tooMuch(what, limitMs);
        }
        if (timeMs - sliceStartedMs < sliceMs) return undefined;
        return new Promise((resolve) => {
          setImmediate(() => {
            sliceStartedMs = performance.now();
            resolve();
          });
        });
      };
      const value = await work(pause);
      gaveUpAtMs = undefined;
      return value;
    },
  };
}

function tooMuch(what: string, limitMs: number): OverBudget {
  const restSeconds = (limitMs * restFactor) / 1000;
  return new OverBudget(`${what}: more than can be read in ${limitMs} ms; tried again after ${restSeconds} s`);
}

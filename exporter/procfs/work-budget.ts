/**
 * Limits reads whose size the host decides, such as reads of sockets and processes: a read that exceeds its time limit is
 * abandoned, the event loop runs in between, and after an abandoned read the next attempt waits.
 */

export interface WorkBudgetOptions {
  /** The subject of the error message: `socket tables`. */
  readonly subject: string;
  readonly limitMs: number;
  /** Returns milliseconds since 1970. */
  readonly now: () => number;
}

export interface WorkBudget {
  /**
   * Runs `work`, which must await `pause()` between its steps. Rejects with `OverBudgetError` when the limit is exceeded or
   * the signal aborts, and without running `work` during the rest after an abandoned run.
   */
  run<Value>(signal: AbortSignal, work: (pause: () => Promise<void> | undefined) => Promise<Value>): Promise<Value>;
}

/** The work exceeded its limit now, or did so recently and was not started. */
export class OverBudgetError extends Error {}

/** Time after which `pause` lets the event loop run. */
const sliceMs = 5;

/** The rest after an abandoned run, in multiples of the limit: the work takes at most 1 % of a CPU. */
const restFactor = 100;

export function createWorkBudget({ subject, limitMs, now }: WorkBudgetOptions): WorkBudget {
  let abandonedAtMs: number | undefined;
  return {
    async run(signal, work) {
      const restedMs = now() - (abandonedAtMs ?? 0);
      if (abandonedAtMs !== undefined && restedMs >= 0 && restedMs < limitMs * restFactor)
        throw overBudget(subject, limitMs);
      const startedMs = performance.now();
      let sliceStartedMs = startedMs;
      const pause = (): Promise<void> | undefined => {
        const timeMs = performance.now();
        if (timeMs - startedMs > limitMs || signal.aborted) {
          abandonedAtMs = now();
          throw overBudget(subject, limitMs);
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
      abandonedAtMs = undefined;
      return value;
    },
  };
}

function overBudget(subject: string, limitMs: number): OverBudgetError {
  const restSeconds = (limitMs * restFactor) / 1000;
  return new OverBudgetError(`${subject}: not read within ${limitMs} ms; next attempt after ${restSeconds} s`);
}

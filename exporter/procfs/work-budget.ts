/**
 * Limits the CPU time of reads whose size depends on the host, such as reads of all sockets or processes. A read that exceeds the limit
 * is abandoned, and no read starts during a rest after that. During a read, the event loop runs every few milliseconds. The limit is CPU
 * time and not duration, because a busy host makes reads slow, and the values of a busy host matter most.
 */

export interface WorkBudgetOptions {
  /** The subject of the error message: `socket tables`. */
  readonly subject: string;
  /** CPU time of a run in milliseconds. A run that lasts ten times as long is abandoned too: reading a file of the kernel may block. Absent: 500. */
  readonly limitMs?: number | undefined;
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

/** Thrown when the work exceeds the limit, and during the rest after an abandoned run, when the work is not started. */
export class OverBudgetError extends Error {}

/** Time after which `pause` lets the event loop run. */
const sliceMs = 5;

/** The longest duration of a run, in multiples of the limit. */
const durationFactor = 10;

/** The rest after an abandoned run, in multiples of the limit: the work takes at most 1 % of a CPU. */
const restFactor = 100;

export function createWorkBudget({ subject, limitMs = 500, now }: WorkBudgetOptions): WorkBudget {
  let abandonedAtMs: number | undefined;
  return {
    async run(signal, work) {
      const restedMs = now() - (abandonedAtMs ?? 0);
      if (abandonedAtMs !== undefined && restedMs >= 0 && restedMs < limitMs * restFactor)
        throw overBudget(subject, limitMs);
      const startedMs = performance.now();
      let slice = { startedMs, cpuMs: threadCpuMs() };
      let usedMs = 0;

      function isOverBudget(durationMs: number): boolean {
        if (durationMs <= limitMs) return false;
        return durationMs > limitMs * durationFactor || usedMs + threadCpuMs() - slice.cpuMs > limitMs;
      }

      const pause = (): Promise<void> | undefined => {
        const timeMs = performance.now();
        if (signal.aborted || isOverBudget(timeMs - startedMs)) {
          abandonedAtMs = now();
          throw overBudget(subject, limitMs);
        }
        if (timeMs - slice.startedMs < sliceMs) return undefined;
        usedMs += threadCpuMs() - slice.cpuMs;
        return new Promise((resolve) => {
          setImmediate(() => {
            slice = { startedMs: performance.now(), cpuMs: threadCpuMs() };
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

/** Returns the CPU time of this thread in milliseconds. */
function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

function overBudget(subject: string, limitMs: number): OverBudgetError {
  const restSeconds = (limitMs * restFactor) / 1000;
  return new OverBudgetError(
    `${subject}: not read within ${limitMs} ms of CPU time; next attempt after ${restSeconds} s`,
  );
}

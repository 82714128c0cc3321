/**
 * Divides the event loop among callers: work that is requested while one turn of the loop is used up waits for the next turn,
 * and callers that wait take turns. Between two turns the loop serves everything else, such as health checks.
 */

export interface LoopTurns {
  /** Runs `work`, at once when this turn of the loop has time left. The work of one caller runs in the order of its calls. */
  run<Result>(caller: string, work: () => Result): Promise<Result>;
}

/** Time for work in one turn of the loop. One piece of work may take longer: bodies of this size are decoded in a thread. */
const turnMs = 10;

export function createLoopTurns(): LoopTurns {
  /** The waiting work of each caller; the caller whose turn was longest ago comes first. */
  const waiting = new Map<string, (() => void)[]>();
  let usedMs = 0;
  let isScheduled = false;

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      usedMs = 0;
      while (usedMs < turnMs && runNext());
      if (waiting.size > 0) schedule();
    });
  }

  /** Returns false when no work waits. */
  function runNext(): boolean {
    const [next] = waiting;
    if (next === undefined) return false;
    const [caller, queue] = next;
    waiting.delete(caller);
    const work = queue.shift();
    if (queue.length > 0) waiting.set(caller, queue);
    work?.();
    return true;
  }

  function timed<Result>(work: () => Result): Result {
    const startMs = performance.now();
    try {
      return work();
    } finally {
      usedMs += performance.now() - startMs;
      schedule();
    }
  }

  return {
    async run(caller, work) {
      if (waiting.size === 0 && usedMs < turnMs) return timed(work);
      return new Promise((resolve, reject) => {
        const queue = waiting.get(caller) ?? [];
        queue.push(() => {
          try {
            resolve(timed(work));
          } catch (error) {
            reject(error as Error);
          }
        });
        waiting.set(caller, queue);
        schedule();
      });
    },
  };
}

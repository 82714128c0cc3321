/** Limits parallelism: at most `count` tasks run, at most `perCaller` of them for one caller; callers that wait take turns. */

export interface SlotLimits {
  readonly count: number;
  /** Limit of each named caller. Default: `count`. */
  readonly perCaller?: number;
}

export interface Slots {
  /**
   * Runs `task` once a slot is free. The tasks of one caller start in the order of their calls. Rejects with the signal's reason
   * if the signal is aborted before.
   */
  run<T>(task: () => Promise<T>, signal: AbortSignal, caller?: string): Promise<T>;
  /** Returns the number of tasks that wait for a slot. */
  waiting(): number;
}

interface Caller {
  running: number;
  /** Starts each waiting task, in the order of the calls. */
  readonly queue: Set<() => void>;
}

export function createSlots({ count, perCaller = count }: SlotLimits): Slots {
  /** Callers with a task that runs or waits; the caller whose turn was longest ago comes first. */
  const callers = new Map<string | undefined, Caller>();
  let free = count;

  const mayStart = (name: string | undefined, { running }: Caller): boolean =>
    free > 0 && (name === undefined || running < perCaller);

  function take(name: string | undefined, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const caller = callers.get(name) ?? { running: 0, queue: new Set() };
    callers.set(name, caller);
    if (mayStart(name, caller)) {
      start(caller);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const grant = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        caller.queue.delete(grant);
        forget(name, caller);
        reject(signal.reason as Error);
      };
      caller.queue.add(grant);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  function start(caller: Caller): void {
    free -= 1;
    caller.running += 1;
  }

  function release(name: string | undefined): void {
    const caller = callers.get(name) as Caller;
    free += 1;
    caller.running -= 1;
    forget(name, caller);
    for (const [each, waiting] of callers) {
      const [next] = waiting.queue;
      if (next === undefined || !mayStart(each, waiting)) continue;
      waiting.queue.delete(next);
      callers.delete(each); // to the end of the line
      callers.set(each, waiting);
      start(waiting);
      return next();
    }
  }

  function forget(name: string | undefined, { running, queue }: Caller): void {
    if (running === 0 && queue.size === 0) callers.delete(name);
  }

  async function run<T>(task: () => Promise<T>, signal: AbortSignal, caller?: string): Promise<T> {
    await take(caller, signal);
    try {
      return await task();
    } finally {
      release(caller);
    }
  }

  return {
    run,
    waiting: () => [...callers.values()].reduce((sum, { queue }) => sum + queue.size, 0),
  };
}

/** Limits parallelism: at most `count` tasks run, the others wait in the order of their calls. */

export interface Slots {
  /** Runs `task` once a slot is free. Rejects with the signal's reason if the signal is aborted before. */
  run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Returns the number of tasks that wait for a slot. */
  waiting(): number;
}

export function createSlots(count: number): Slots {
  const queue = new Set<() => void>();
  let free = count;

  function take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const grant = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        queue.delete(grant);
        reject(signal.reason as Error);
      };
      queue.add(grant);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  function release(): void {
    const [next] = queue;
    if (next === undefined) {
      free += 1;
    } else {
      queue.delete(next); // the slot is handed over without becoming free
      next();
    }
  }

  async function run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await take(signal);
    try {
      return await task();
    } finally {
      release();
    }
  }

  return { run, waiting: () => queue.size };
}

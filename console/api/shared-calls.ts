/**
 * Shares calls by key. Callers that ask for the same key share one load and its cached answer, a bounded number of loads runs at
 * once, and a load without callers is aborted.
 */

/** `idle`: for parts outside the screen. Idle loads start only while no other load runs or waits. */
export type Priority = 'high' | 'normal' | 'idle';

export interface Caller {
  /** Aborted when the caller no longer needs the answer. */
  readonly signal: AbortSignal;
  /** Default: normal. A shared load keeps the priority of its first caller. */
  readonly priority?: Priority;
}

export type Load<T> = (signal: AbortSignal) => Promise<T>;

interface CallQueueOptions {
  readonly maxConcurrency: number;
  /** Delays idle loads, so that calls made a moment later go first. */
  readonly pause?: () => Promise<void>;
}

interface CallQueue {
  /**
   * Runs `load` when a slot is free: at once, or after the waiting loads of a higher priority and the earlier loads of the same priority. Settles
   * as `load` does. Rejects with the signal's reason, without calling `load`, if the signal aborts first.
   */
  run<T>(priority: Priority, load: Load<T>, signal: AbortSignal): Promise<T>;
}

export function createCallQueue({ maxConcurrency, pause }: CallQueueOptions): CallQueue {
  const waiting: Record<Priority, readonly (() => void)[]> = { high: [], normal: [], idle: [] };
  const running: Record<Priority, number> = { high: 0, normal: 0, idle: 0 };

  function startWaiting(): void {
    while (running.high + running.normal + running.idle < maxConcurrency) {
      const isIdle = running.high + running.normal === 0;
      const priority = (['high', 'normal', 'idle'] as const).find((each) => waiting[each].length > 0);
      if (priority === undefined || (priority === 'idle' && !isIdle)) return;
      const [start, ...rest] = waiting[priority];
      waiting[priority] = rest;
      start?.();
    }
  }

  function enqueue<T>(priority: Priority, load: Load<T>, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting[priority] = waiting[priority].filter((each) => each !== start);
        reject(signal.reason as Error);
        startWaiting();
      };
      const start = () => {
        signal.removeEventListener('abort', leave);
        running[priority] += 1;
        void loadInSlot().then(resolve, reject);
      };
      const loadInSlot = async () => {
        try {
          return await load(signal);
        } finally {
          running[priority] -= 1;
          startWaiting();
        }
      };
      if (signal.aborted) return leave();
      signal.addEventListener('abort', leave, { once: true });
      waiting[priority] = [...waiting[priority], start];
      startWaiting();
    });
  }

  return {
    async run(priority, load, signal) {
      if (priority === 'idle') await pause?.();
      return enqueue(priority, load, signal);
    },
  };
}

interface SharedCallsOptions extends CallQueueOptions {
  /** The oldest cached answers are dropped first. */
  readonly maxCached: number;
  readonly maxAgeMs: number;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
}

export interface SharedCalls {
  /**
   * Returns the answer of `load`, or of the load of another caller with the same key. Rejects with the error of the load, or
   * with the reason of the caller's signal, which ends this caller's share only.
   */
  share<T>(key: string, load: Load<T>, caller: Caller): Promise<T>;
  /** Drops the cached answers. Loads in flight continue for their callers and gain no new callers. */
  clear(): void;
}

interface Call {
  readonly answer: Promise<unknown>;
  readonly abort: (reason: unknown) => void;
  callers: number;
  /** Absent while the load is waiting or in flight. */
  answeredAtMs?: number;
}

export function createSharedCalls({ maxCached, maxAgeMs, now, ...queueOptions }: SharedCallsOptions): SharedCalls {
  const queue = createCallQueue(queueOptions);
  const calls = new Map<string, Call>();

  function start(key: string, load: Load<unknown>, priority: Priority): Call {
    const controller = new AbortController();
    const answer = queue.run(priority, load, controller.signal);
    const call: Call = { answer, callers: 0, abort: (reason) => controller.abort(reason) };
    calls.set(key, call);
    answer.then(
      () => {
        call.answeredAtMs = now();
        dropExpired();
      },
      () => drop(key, call),
    );
    return call;
  }

  function drop(key: string, call: Call): void {
    if (calls.get(key) === call) calls.delete(key);
  }

  function dropExpired(): void {
    const answered = [...calls].filter(([, { answeredAtMs }]) => answeredAtMs !== undefined);
    for (const [index, [key, { answeredAtMs = 0 }]] of answered.entries())
      if (answered.length - index > maxCached || now() - answeredAtMs > maxAgeMs) calls.delete(key);
  }

  return {
    share<T>(key: string, load: Load<T>, { signal, priority = 'normal' }: Caller): Promise<T> {
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      dropExpired();
      const call = calls.get(key) ?? start(key, load, priority);
      call.callers += 1;
      return new Promise<T>((resolve, reject) => {
        const leave = () => {
          call.callers -= 1;
          reject(signal.reason as Error);
          if (call.callers > 0 || call.answeredAtMs !== undefined) return;
          drop(key, call);
          call.abort(signal.reason);
        };
        const stay = () => signal.removeEventListener('abort', leave);
        signal.addEventListener('abort', leave, { once: true });
        call.answer.then(stay, stay);
        (call.answer as Promise<T>).then(resolve, reject);
      });
    },
    clear: () => calls.clear(),
  };
}

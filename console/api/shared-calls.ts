/**
 * Calls by key: at once no more than so many, the same call never twice at once, an answer kept for a while for whoever
 * asks the same, and a call that nobody waits for any more given up.
 */

export interface SharedCallsOptions {
  readonly maxConcurrency: number;
  /** Answers kept; the oldest go first. */
  readonly maxKept: number;
  readonly maxAgeMs: number;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
}

export interface SharedCalls {
  /** Rejects with what `load` threw, or with the reason of `signal`, which lets go of this caller's share alone. */
  share<T>(key: string, load: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Answers kept are gone; calls under way go on for whoever waits, and are shared no more. */
  forget(): void;
}

interface Call {
  readonly answer: Promise<unknown>;
  readonly controller: AbortController;
  waiting: number;
  answeredAt: number | undefined;
}

export function createSharedCalls({ maxConcurrency, maxKept, maxAgeMs, now }: SharedCallsOptions): SharedCalls {
  const calls = new Map<string, Call>();
  const turns: (() => void)[] = [];
  let running = 0;

  function start(key: string, load: (signal: AbortSignal) => Promise<unknown>): Call {
    const controller = new AbortController();
    const answer = inTurn(load, controller.signal);
    const call: Call = { answer, controller, waiting: 0, answeredAt: undefined };
    const forgetThis = () => {
      if (calls.get(key) === call) calls.delete(key);
    };
    answer.then(() => {
      call.answeredAt = now();
      dropOld();
    }, forgetThis);
    calls.set(key, call);
    return call;
  }

  async function inTurn<T>(load: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    while (running >= maxConcurrency) await new Promise<void>((resolve) => turns.push(resolve));
    running += 1;
    try {
      signal.throwIfAborted();
      return await load(signal);
    } finally {
      running -= 1;
      turns.shift()?.();
    }
  }

  function dropOld(): void {
    const answered = [...calls].filter(([, { answeredAt }]) => answeredAt !== undefined);
    for (const [index, [key, { answeredAt = 0 }]] of answered.entries()) {
      if (answered.length - index > maxKept || now() - answeredAt > maxAgeMs) calls.delete(key);
    }
  }

  function share<T>(key: string, load: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    dropOld();
    const call = calls.get(key) ?? start(key, load);
    call.waiting += 1;
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        call.waiting -= 1;
        if (call.waiting === 0 && call.answeredAt === undefined) {
          if (calls.get(key) === call) calls.delete(key);
          call.controller.abort(signal.reason);
        }
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave, { once: true });
      const done = () => {
        call.waiting -= 1;
        signal.removeEventListener('abort', leave);
      };
      call.answer.then(
        (answer) => {
          if (!signal.aborted) done();
          resolve(answer as T);
        },
        (error: unknown) => {
          if (!signal.aborted) done();
          reject(error as Error);
        },
      );
    });
  }

  return { share, forget: () => calls.clear() };
}

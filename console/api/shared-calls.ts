/**
 * Calls by key: at once no more than so many, in turn by how soon they are needed, the same call never twice at once, an
 * answer kept for a while for whoever asks the same, and a call that nobody waits for any more given up.
 */

/** `last`: of what nobody sees yet; as long as others run or wait, it does. */
export type Turn = 'first' | 'usual' | 'last';

export interface Waiter {
  readonly signal: AbortSignal;
  /** Absent: usual. Of who asks first, where several share a call. */
  readonly turn?: Turn;
}

export interface SharedCallsOptions {
  readonly maxConcurrency: number;
  /** Answers kept; the oldest go first. */
  readonly maxKept: number;
  readonly maxAgeMs: number;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  /** Before a call whose turn is the last looks for it: others may be about to be asked. Absent: it does not wait. */
  readonly pause?: () => Promise<void>;
}

export interface SharedCalls {
  /** Rejects with what `load` threw, or with the reason of the waiter's signal, which lets go of its share alone. */
  share<T>(key: string, load: (signal: AbortSignal) => Promise<T>, waiter: Waiter): Promise<T>;
  /** Answers kept are gone; calls under way go on for whoever waits, and are shared no more. */
  forget(): void;
}

interface Call {
  readonly answer: Promise<unknown>;
  readonly controller: AbortController;
  waiting: number;
  answeredAt: number | undefined;
}

export function createSharedCalls({ maxConcurrency, maxKept, maxAgeMs, now, pause }: SharedCallsOptions): SharedCalls {
  const calls = new Map<string, Call>();
  const waiting: Readonly<Record<Turn, (() => void)[]>> = { first: [], usual: [], last: [] };
  let running = 0;
  /** Running and waiting, those whose turn is the last left out. */
  let needed = 0;

  function start(key: string, load: (signal: AbortSignal) => Promise<unknown>, turn: Turn): Call {
    const controller = new AbortController();
    const answer = inTurn(turn, load, controller.signal);
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

  async function inTurn<T>(turn: Turn, load: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const isLast = turn === 'last';
    if (isLast) await pause?.();
    else needed += 1;
    while (running >= maxConcurrency || (isLast && needed > 0))
      await new Promise<void>((resolve) => waiting[turn].push(resolve));
    running += 1;
    try {
      signal.throwIfAborted();
      return await load(signal);
    } finally {
      running -= 1;
      if (!isLast) needed -= 1;
      wake();
    }
  }

  function wake(): void {
    const next = waiting.first.shift() ?? waiting.usual.shift();
    if (next !== undefined) return next();
    if (needed === 0) for (const each of waiting.last.splice(0, maxConcurrency - running)) each();
  }

  function dropOld(): void {
    const answered = [...calls].filter(([, { answeredAt }]) => answeredAt !== undefined);
    for (const [index, [key, { answeredAt = 0 }]] of answered.entries()) {
      if (answered.length - index > maxKept || now() - answeredAt > maxAgeMs) calls.delete(key);
    }
  }

  function share<T>(key: string, load: (signal: AbortSignal) => Promise<T>, waiter: Waiter): Promise<T> {
    const { signal, turn = 'usual' } = waiter;
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    dropOld();
    const call = calls.get(key) ?? start(key, load, turn);
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

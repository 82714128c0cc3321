/** The time that one scrape gives its collectors: one signal and at most one timer for all of them. */

export interface TimeLimit {
  readonly limitMs: number;
  /** Ends when the time is up. */
  readonly signal: AbortSignal;
  /** Resolves when the time is up, never when `end` came first; the first use starts the timer. */
  expired(): Promise<typeof late>;
  /** Stops the timer. Idempotent. */
  end(): void;
}

/** What `expired` resolves to. */
export const late: unique symbol = Symbol('late');

/** Counts from now. Most scrapes need no timer at all: their collectors answer without waiting. */
export function startTimeLimit(limitMs: number): TimeLimit {
  const startedMs = performance.now();
  const controller = new AbortController();
  const expiry = Promise.withResolvers<typeof late>();
  let timer: NodeJS.Timeout | undefined;
  let hasEnded = false;
  return {
    limitMs,
    signal: controller.signal,
    expired() {
      if (timer === undefined && !hasEnded) {
        timer = setTimeout(
          () => {
            expiry.resolve(late);
            controller.abort(new Error(`the time limit of ${limitMs} ms is over`));
          },
          limitMs - (performance.now() - startedMs),
        );
      }
      return expiry.promise;
    },
    end() {
      hasEnded = true;
      clearTimeout(timer);
    },
  };
}

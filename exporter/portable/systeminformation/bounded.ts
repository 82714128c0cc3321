/** A call that may take long or for ever: one at a time, waited for no longer than its limit. */

export interface BoundedOptions {
  /** In errors. */
  readonly name: string;
  readonly limitMs: number;
  /** How long an answer serves callers that ask again. */
  readonly freshMs: number;
  /** How long an answer that came after its limit may stand in for the next one that is late. */
  readonly keepMs: number;
  /** Milliseconds that never run backwards; absent means `performance.now`. */
  readonly now?: () => number;
}

type Outcome<T> = { readonly answer: T } | { readonly error: unknown };

/**
 * Callers share the call in flight. A reading that always takes a little longer than the limit is answered by the call
 * before, some seconds old; one that hangs costs the limit once and fails at once from then on, until it ends.
 */
export function createBounded<T>(call: () => Promise<T>, options: BoundedOptions): () => Promise<T> {
  const { name, limitMs, freshMs, keepMs, now = () => performance.now() } = options;
  let inFlight: { readonly outcome: Promise<Outcome<T>>; readonly startedMs: number } | undefined;
  let kept: { readonly answer: T; readonly atMs: number } | undefined;

  function start(): { readonly outcome: Promise<Outcome<T>>; readonly startedMs: number } {
    const outcome = call().then(
      (answer): Outcome<T> => {
        kept = { answer, atMs: now() };
        inFlight = undefined;
        return { answer };
      },
      (error: unknown): Outcome<T> => {
        inFlight = undefined;
        return { error };
      },
    );
    return { outcome, startedMs: now() };
  }

  return async () => {
    if (kept !== undefined && now() - kept.atMs < freshMs) return kept.answer;
    inFlight ??= start();
    const outcome = await within(inFlight.outcome, inFlight.startedMs + limitMs - now());
    if (outcome === undefined) {
      if (kept !== undefined && now() - kept.atMs <= keepMs) return kept.answer;
      throw new Error(`${name}: no answer within ${limitMs} ms`);
    }
    if ('error' in outcome) throw new Error(`${name} failed`, { cause: outcome.error });
    return outcome.answer;
  };
}

/** Undefined when the time was up first. */
async function within<T>(outcome: Promise<Outcome<T>>, leftMs: number): Promise<Outcome<T> | undefined> {
  if (leftMs <= 0) return undefined;
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), leftMs);
  try {
    return await Promise.race([outcome, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

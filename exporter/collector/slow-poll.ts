/** Polls a slow source at an interval that is independent of the scrapes. A scrape receives the value of the last successful poll. */
import { tryInTime } from '../../common/program/time-limit.ts';

export interface SlowPollOptions<Value> {
  /** Reads the source. The promise must settle: the next poll starts only after the previous poll has ended. */
  readonly poll: () => Promise<Value>;
  /** Minimum time between the starts of two polls. */
  readonly intervalMs: number;
  /** Time limit of a scrape that waits for a poll. The poll continues, and a later scrape receives the value. */
  readonly waitMs: number;
  /** Maximum age of a returned value. */
  readonly maxAgeMs: number;
  /** Returns milliseconds since 1970. */
  readonly now: () => number;
  /** Receives the error of a failed poll. Scrapes still receive the value of the last successful poll. */
  readonly onError: (error: unknown) => void;
}

export interface PolledValue<Value> {
  readonly value: Value;
  readonly ageSeconds: number;
}

/**
 * Returns a function that returns the value of the last successful poll, or undefined when no poll has succeeded within `maxAgeMs`. A
 * call starts a poll when no poll is running and the previous poll started at least `intervalMs` ago. Without calls, no poll starts. The
 * call waits for the poll that it started; without a value, it also waits for a running poll.
 */
export function createSlowPoll<Value>(options: SlowPollOptions<Value>): () => Promise<PolledValue<Value> | undefined> {
  const { poll, intervalMs, waitMs, maxAgeMs, now, onError } = options;
  let startedAtMs: number | undefined;
  let running: Promise<void> | undefined;
  let last: { readonly value: Value; readonly atMs: number } | undefined;

  function start(): void {
    startedAtMs = now();
    running = poll()
      .then((value) => {
        last = { value, atMs: now() };
      }, onError)
      .finally(() => {
        running = undefined;
      });
  }

  return async () => {
    const restedMs = startedAtMs === undefined ? intervalMs : now() - startedAtMs;
    const isDue = running === undefined && (restedMs >= intervalMs || restedMs < 0);
    if (isDue) start();
    if (running !== undefined && (isDue || last === undefined)) await tryInTime(running, waitMs);
    if (last === undefined) return undefined;
    const ageMs = now() - last.atMs;
    return ageMs > maxAgeMs ? undefined : { value: last.value, ageSeconds: Math.max(0, ageMs) / 1_000 };
  };
}

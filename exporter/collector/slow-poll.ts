/** Polls a slow source on its schedule, independent of the scrapes, which receive the last value. */
import { tryInTime } from '../../common/program/time-limit.ts';

export interface SlowPollOptions<Value> {
  /** Reads the source. Must settle: a poll that does not end keeps the next one from starting. */
  readonly poll: () => Promise<Value>;
  readonly intervalMs: number;
  /** How long a scrape waits for a poll that it started. */
  readonly waitMs: number;
  /** Values that are older are not returned. */
  readonly maxAgeMs: number;
  /** Returns milliseconds since 1970. */
  readonly now: () => number;
  /** Receives the error of a poll. The last value stays. */
  readonly onError: (error: unknown) => void;
}

export interface PolledValue<Value> {
  readonly value: Value;
  readonly ageSeconds: number;
}

/**
 * Returns a function that returns the last value, or undefined when there is none yet. A read starts a poll when the last one started
 * `intervalMs` ago or more and none is running. Nothing runs without reads.
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

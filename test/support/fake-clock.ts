/** Creates a clock that a test advances. Sleepers wake at their time, in order. */
import type { Clock } from '../../exporter/push/sampler/clock.ts';

export interface FakeClock extends Clock {
  /** Advances the time and wakes sleepers in order. Pending promises run between two wake-ups. */
  advance(durationMs: number): Promise<void>;
  /** Sets the wall clock without advancing the time: sleepers are not affected. */
  set(timeMs: number): void;
}

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

export function createFakeClock(startMs: number): FakeClock {
  /** Monotonic time, which setting the wall clock does not change. */
  let passedMs = 0;
  let offsetMs = startMs;
  const sleepers = new Set<Sleeper>();

  function sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true || durationMs <= 0) return resolve();
      const sleeper: Sleeper = { atMs: passedMs + durationMs, wake };
      sleepers.add(sleeper);
      signal?.addEventListener('abort', wake, { once: true });
      function wake(): void {
        sleepers.delete(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      }
    });
  }

  async function advance(durationMs: number): Promise<void> {
    const endMs = passedMs + durationMs;
    for (;;) {
      await settle();
      const [next] = [...sleepers].sort((a, b) => a.atMs - b.atMs);
      if (next === undefined || next.atMs > endMs) break;
      passedMs = next.atMs;
      next.wake();
    }
    passedMs = endMs;
    await settle();
  }

  return {
    now: () => offsetMs + passedMs,
    sleep,
    advance,
    set(timeMs) {
      offsetMs = timeMs - passedMs;
    },
  };
}

/** Runs promises until they wait for the clock. */
async function settle(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve));
}

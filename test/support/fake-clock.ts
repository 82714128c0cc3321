/** A clock that stands still until a test moves it; whoever sleeps wakes at its instant, in order. */
import type { Clock } from '../../exporter/push/sampler/clock.ts';

export interface FakeClock extends Clock {
  /** Moves on, waking sleepers one instant after another; between instants everything that can run runs. */
  advance(durationMs: number): Promise<void>;
  /** Sets the wall clock without letting time pass: sleepers sleep as long as they would have. */
  set(timeMs: number): void;
}

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

export function createFakeClock(startMs: number): FakeClock {
  /** Time that passed; the wall clock may be set, this may not. */
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

/** Lets promises run to where they wait for time. */
async function settle(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve));
}

/** Defines the clock of the sampler, and the grid of sampling instants. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after the duration, or when the signal aborts. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (durationMs, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const timer = setTimeout(finish, durationMs);
      signal?.addEventListener('abort', finish, { once: true });
      function finish(): void {
        clearTimeout(timer);
        signal?.removeEventListener('abort', finish);
        resolve();
      }
    }),
};

/** The instants at which a host is sampled: multiples of the interval, shifted by the host's phase. */
export interface Grid {
  readonly intervalMs: number;
  readonly phaseMs: number;
}

/** Returns the grid of a host. The phase is a hash of the host's name: stable over restarts and spread over the interval. */
export function gridOf(host: string, intervalMs: number): Grid {
  const { crc32 } = process.getBuiltinModule('node:zlib');
  return { intervalMs, phaseMs: crc32(host) % intervalMs };
}

/** Returns the first instant of the grid after `timeMs`. */
export function nextInstant({ intervalMs, phaseMs }: Grid, timeMs: number): number {
  return (Math.floor((timeMs - phaseMs) / intervalMs) + 1) * intervalMs + phaseMs;
}

/**
 * Returns the timestamp of a sample that was due at `dueMs` and taken at `nowMs`: `dueMs` when the difference is at most a
 * hundredth of the interval, because regular timestamps compress better; otherwise `nowMs`.
 */
export function stampOf({ intervalMs }: Grid, dueMs: number, nowMs: number): number {
  return Math.abs(nowMs - dueMs) <= intervalMs / 100 ? dueMs : nowMs;
}

/** Returns the number of instants after `dueMs` and up to `nowMs`, which a suspended machine has missed. */
export function missedInstants({ intervalMs }: Grid, dueMs: number, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - dueMs) / intervalMs));
}

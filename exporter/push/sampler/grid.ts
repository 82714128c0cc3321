/** The instants at which a host is sampled: whole intervals of the wall clock, moved by a phase of the host's own. */

export interface Grid {
  readonly intervalMs: number;
  readonly phaseMs: number;
}

/** The phase hangs on the host's name alone: it survives restarts, and a thousand hosts spread over the interval. */
export function gridOf(host: string, intervalMs: number): Grid {
  const { crc32 } = process.getBuiltinModule('node:zlib');
  return { intervalMs, phaseMs: crc32(host) % intervalMs };
}

/** The first instant of the grid after `timeMs`. */
export function nextInstant({ intervalMs, phaseMs }: Grid, timeMs: number): number {
  return (Math.floor((timeMs - phaseMs) / intervalMs) + 1) * intervalMs + phaseMs;
}

/**
 * The timestamp of a sample that was due at `dueMs` and taken at `nowMs`: the grid's own when it was taken within a
 * hundredth of the interval (regular timestamps take a fraction of the space), else the true one.
 */
export function stampOf({ intervalMs }: Grid, dueMs: number, nowMs: number): number {
  return Math.abs(nowMs - dueMs) <= intervalMs / 100 ? dueMs : nowMs;
}

/** How many instants lie after `dueMs` and up to `nowMs`: those that a sleeping or stopped machine has missed. */
export function missedInstants({ intervalMs }: Grid, dueMs: number, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - dueMs) / intervalMs));
}

/**
 * Converts between instants and the wall clock of a time zone. A wall time is written as the epoch milliseconds that it would be
 * in UTC.
 */

const dayMs = 86_400_000;

export interface WallClock {
  /** Returns the wall time at an instant. */
  wallAt(timeMs: number): number;
  /**
   * Returns the instant of a wall time. For a wall time that occurs twice, when the clock is set back, returns the first instant. A
   * wall time that is skipped, when the clock is set forward, uses the offset before the change. Source: RFC 5545, section 3.3.5.
   */
  instantOf(wallMs: number): number;
}

export function createWallClock(timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });

  function wallAt(timeMs: number): number {
    const parts = Object.fromEntries(format.formatToParts(timeMs).map(({ type, value }) => [type, value]));
    const { year, month, day, hour, minute, second } = parts;
    return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) + (timeMs % 1_000);
  }

  function instantOf(wallMs: number): number {
    const [before, after] = [wallMs - dayMs, wallMs + dayMs].map((timeMs) => wallAt(timeMs) - timeMs) as [
      number,
      number,
    ];
    const candidates = [wallMs - before, wallMs - after].filter((timeMs) => wallAt(timeMs) === wallMs);
    return candidates.length === 0 ? wallMs - before : Math.min(...candidates);
  }

  return { wallAt, instantOf };
}

/** Monday 1970-01-05. */
const firstMondayMs = 4 * dayMs;
const weekMs = 7 * dayMs;

/** Returns the wall time at which the week of a wall time began: Monday 00:00. */
export function weekStartOf(wallMs: number): number {
  return firstMondayMs + Math.floor((wallMs - firstMondayMs) / weekMs) * weekMs;
}

/** Formats and parses times in the viewer's time zone. */

const two = (value: number): string => String(value).padStart(2, '0');

export function formatDate(timeMs: number): string {
  const date = new Date(timeMs);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function formatClock(timeMs: number): string {
  const date = new Date(timeMs);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Formats `2026-03-01 12:00:05`. */
export function formatTime(timeMs: number): string {
  return `${formatDate(timeMs)} ${formatClock(timeMs)}`;
}

/** Parses a date with an optional time. Returns undefined for an invalid one. */
export function tryParseTime(text: string): number | undefined {
  const [, year, month, day, hour = '0', minute = '0', second = '0'] =
    /^\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?\s*$/.exec(text) ?? [];
  if (year === undefined) return undefined;
  const date = new Date(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const isSame = date.getMonth() === Number(month) - 1 && date.getDate() === Number(day) && Number(hour) < 24;
  return isSame && Number(minute) < 60 && Number(second) < 60 ? date.getTime() : undefined;
}

/** Formats times in the viewer's time zone, and time spans; parses times. */

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

/** Formats `3 min ago` or `in 2 h`. */
export function formatAgo(timeMs: number, nowMs: number): string {
  const seconds = Math.round((nowMs - timeMs) / 1_000);
  if (Math.abs(seconds) < 5) return 'just now';
  const text = formatSpan(Math.abs(seconds) * 1_000);
  return seconds < 0 ? `in ${text}` : `${text} ago`;
}

const spans: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** Formats the two largest units: `2 d 3 h`, `5 min`. */
export function formatSpan(spanMs: number): string {
  const at = spans.findIndex(([unitMs]) => spanMs >= unitMs);
  if (at === -1) return '0 s';
  const [[unitMs, name] = [1_000, 's'], next] = [spans[at], spans[at + 1]];
  const count = Math.floor(spanMs / unitMs);
  const rest = next === undefined ? 0 : Math.floor((spanMs - count * unitMs) / next[0]);
  return `${count} ${name}${rest === 0 || next === undefined ? '' : ` ${rest} ${next[1]}`}`;
}

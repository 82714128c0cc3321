/** Formats durations, in Grafana's spelling. */
import { formatDecimals } from './decimals.ts';

/** Minimum size, divisor, singular, plural. */
const steps: readonly (readonly [number, number, string, string])[] = [
  [31_536_000, 31_536_000, ' year', ' years'],
  [604_800, 604_800, ' week', ' weeks'],
  [86_400, 86_400, ' day', ' days'],
  [3_600, 3_600, ' hour', ' hours'],
  [60, 60, ' min', ' mins'],
  [1, 1, ' s', ' s'],
  [1e-3, 1e-3, ' ms', ' ms'],
  [1e-6, 1e-6, ' µs', ' µs'],
  [0, 1e-9, ' ns', ' ns'],
];

export function formatSeconds(value: number, decimals?: number): string {
  if (value === 0) return '0 s';
  const size = Math.abs(value);
  const [, divisor, one, many] = steps.find(([from]) => size >= from) ?? [0, 1, ' s', ' s'];
  const text = formatDecimals(value / divisor, decimals);
  return `${text}${text === '1' ? one : many}`;
}

/** Formats `3 min ago` or `in 2 h`. */
export function formatAgo(timeMs: number, nowMs: number): string {
  const seconds = Math.round((nowMs - timeMs) / 1_000);
  if (Math.abs(seconds) < 5) return 'just now';
  const text = formatSpan(Math.abs(seconds) * 1_000);
  return seconds < 0 ? `in ${text}` : `${text} ago`;
}

/** Maximum count, seconds of the unit, text for one, plural of the unit. */
const distances: readonly (readonly [limit: number, unit: number, one: string, many: string])[] = [
  [45, 1, 'a few seconds', 'a few seconds'],
  [45, 60, 'a minute', 'minutes'],
  [22, 3_600, 'an hour', 'hours'],
  [26, 86_400, 'a day', 'days'],
  [11, 2_629_746, 'a month', 'months'],
  [Infinity, 31_556_952, 'a year', 'years'],
];

/**
 * Formats `3 hours ago` or `in a minute` with the thresholds of moment.js, which Grafana uses
 * (momentjs.com/docs/#/displaying/fromnow).
 */
export function formatFromNow(timeMs: number, nowMs: number): string {
  const seconds = Math.round((nowMs - timeMs) / 1_000);
  const size = Math.abs(seconds);
  const [, unit, one, many] = distances.find(([limit, each]) => Math.round(size / each) < limit) ?? [0, 1, '', ''];
  const count = Math.round(size / unit);
  const text = count <= 1 || one === many ? one : `${count} ${many}`;
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

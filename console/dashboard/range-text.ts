/** Formats time ranges, and parses typed times. */
import { quickRanges } from '../../common/dashboard/conventions.ts';
import { formatTime, tryParseTime } from '../format/times.ts';
import { resolveTime } from './interval.ts';

export interface RangeTexts {
  readonly from: string;
  readonly to: string;
}

/** Returns `Last 6 hours`, `now-3h to now-1h` or `2026-03-01 12:00 to 13:00`. */
export function rangeTitle({ from, to }: RangeTexts): string {
  const quick = quickRanges.find((each) => each.from === from && to === 'now');
  if (quick !== undefined) return quick.label;
  const [first, last] = [from, to].map((text) => timeText(text).replace(/:00$/, '')) as [string, string];
  const day = /^[\d-]{10} /.exec(first)?.[0];
  return `${first} to ${day !== undefined && last.startsWith(day) ? last.slice(day.length) : last}`;
}

/** Returns an end of a range as the user would type it: relative times unchanged, others as local date and time. */
export function timeText(text: string): string {
  return /^\d+$/.test(text) ? formatTime(Number(text)) : text;
}

/** Converts a typed time to its form in the address. A bare `6h` means `now-6h`. Returns undefined for an invalid time. */
export function tryParseTypedTime(typed: string, nowMs: number): string | undefined {
  const text = typed.trim();
  const timeMs = tryParseTime(text);
  if (timeMs !== undefined) return String(timeMs);
  const relative = /^\d/.test(text) ? `now-${text}` : text;
  try {
    resolveTime(relative, nowMs);
    return relative;
  } catch {
    return undefined;
  }
}

/** Doubles a range around its middle, but ends it no later than now. */
export function zoomedOut(
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  nowMs: number,
): RangeTexts {
  const half = (toMs - fromMs) / 2;
  const end = Math.min(toMs + half, nowMs);
  return { from: String(Math.round(end - 4 * half)), to: end === nowMs ? 'now' : String(Math.round(end)) };
}

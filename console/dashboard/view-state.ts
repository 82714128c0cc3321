/**
 * Reads and writes the state of a dashboard in the address (range, refresh interval and variables, in Grafana's parameters), and
 * renders ranges as text.
 */
import { quickRanges } from '../../common/dashboard/conventions.ts';
import { formatTime, tryParseTime } from '../format/values.ts';
import type { Dashboard, TimeRange } from './model.ts';
import { parseInterval } from './parse-dashboard.ts';

export interface RangeTexts {
  /** `now-6h`, or milliseconds since the epoch. */
  readonly from: string;
  readonly to: string;
}

export interface ViewState extends RangeTexts {
  /** Undefined: paused. */
  readonly refreshMs: number | undefined;
  /** Requested values by variable name. */
  readonly requested: ReadonlyMap<string, readonly string[]>;
}

/** Uses the dashboard's defaults for absent parameters. */
export function parseViewState(query: URLSearchParams, dashboard: Dashboard): ViewState {
  const requested = new Map<string, readonly string[]>();
  for (const name of query.keys()) if (name.startsWith('var-')) requested.set(name.slice(4), query.getAll(name));
  return {
    from: query.get('from') ?? dashboard.from,
    to: query.get('to') ?? dashboard.to,
    refreshMs: parseRefresh(query.get('refresh'), dashboard.refreshMs),
    requested,
  };
}

/** Parses `refresh`. An empty value or `off` pauses, as in Grafana. Absent and invalid values give the default. */
export function parseRefresh(text: string | null, otherwise: number): number | undefined {
  if (text === null) return otherwise;
  if (text === '' || text === 'off') return undefined;
  try {
    return Math.max(parseInterval(text, 'refresh'), minRefreshMs);
  } catch {
    return otherwise;
  }
}

/** The sample interval: a shorter refresh interval shows nothing new. */
const minRefreshMs = 5_000;

/** Throws an Error for invalid times, and for a range that ends before it begins. */
export function rangeOf({ from, to }: RangeTexts, nowMs: number): TimeRange {
  const range = { fromMs: resolveTime(from, nowMs), toMs: resolveTime(to, nowMs) };
  if (range.toMs > range.fromMs) return range;
  throw new Error(`expected a range that begins before it ends, got from ${from} to ${to}`);
}

/** Returns epoch milliseconds for `now`, `now-6h`, or a number of milliseconds. Throws an Error for any other text. */
export function resolveTime(text: string, nowMs: number): number {
  if (text === 'now') return nowMs;
  const ago = /^now-(.+)$/.exec(text)?.[1];
  if (ago !== undefined) return nowMs - parseInterval(ago, text);
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Error(`expected now, now-6h or milliseconds since the epoch, got ${JSON.stringify(text)}`);
}

const names: readonly string[] = ['from', 'to', 'refresh'];

/**
 * Returns the parameters that links to other dashboards keep (range, refresh interval, variables), with the question mark.
 * Empty without any.
 */
export function cachedQuery(query: URLSearchParams): string {
  const cached = new URLSearchParams();
  for (const [name, value] of query) if (names.includes(name) || name.startsWith('var-')) cached.append(name, value);
  return cached.size === 0 ? '' : `?${cached}`;
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
export function zoomedOut({ fromMs, toMs }: TimeRange, nowMs: number): RangeTexts {
  const half = (toMs - fromMs) / 2;
  const end = Math.min(toMs + half, nowMs);
  return { from: String(Math.round(end - 4 * half)), to: end === nowMs ? 'now' : String(Math.round(end)) };
}

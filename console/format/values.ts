/**
 * Formats values with their units, by Grafana's unit names and in Grafana's spelling; times in the viewer's time zone, and time
 * spans; the values and times of an axis. Parses times.
 */

/** Most decimals of a rounded value, or their exact number, as on an axis. */
type Decimals = number | { readonly exactly: number };

type Formatter = (value: number, decimals?: Decimals) => string;

const binary: readonly string[] = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimal: readonly string[] = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
const small: readonly string[] = ['', 'm', 'µ', 'n'];
const counts: readonly string[] = ['', 'K', 'M', 'B', 'T'];
const words: readonly string[] = ['', ' K', ' Mil', ' Bil', ' Tri', ' Quadr', ' Quint'];

const formatters: Readonly<Record<string, Formatter>> = {
  none: formatDecimals,
  short: (value, decimals) => scaled({ value, decimals, base: 1_000, suffixes: words }),
  percent: (value, decimals) => `${formatDecimals(value, decimals)}%`,
  percentunit: (value, decimals) => `${formatDecimals(value * 100, decimals)}%`,
  bytes: withPrefix(1_024, binary, 'B'),
  decbytes: withPrefix(1_000, decimal, 'B'),
  bits: withPrefix(1_024, binary, 'b'),
  decbits: withPrefix(1_000, decimal, 'b'),
  Bps: withPrefix(1_000, decimal, 'B/s'),
  binBps: withPrefix(1_024, binary, 'B/s'),
  bps: withPrefix(1_000, decimal, 'b/s'),
  pps: withPrefix(1_000, decimal, 'p/s'),
  hertz: withPrefix(1_000, decimal, 'Hz'),
  ops: counted('ops/s'),
  iops: counted('io/s'),
  cps: counted('c/s'),
  reqps: counted('req/s'),
  s: formatSeconds,
  ms: (value, decimals) => formatSeconds(value / 1_000, decimals),
  celsius: (value, decimals) => `${formatDecimals(value, decimals)} °C`,
  bool: (value) => (value === 0 ? 'False' : 'True'),
  bool_on_off: (value) => (value === 0 ? 'Off' : 'On'),
  bool_yes_no: (value) => (value === 0 ? 'No' : 'Yes'),
  dateTimeAsIso: (value) => new Date(value).toISOString(),
  dateTimeFromNow: (value) => formatFromNow(value, Date.now()),
};

/** Returns the formatter of a unit. An unknown unit is appended to the number. Values that are not finite have no unit. */
export function formatterOf(unit: string | undefined): Formatter {
  const format = finiteFormatterOf(unit);
  return (value, decimals) => (Number.isFinite(value) ? format(value, decimals) : formatDecimals(value));
}

function finiteFormatterOf(unit: string | undefined): Formatter {
  if (unit === undefined || unit === '') return formatters['none'] as Formatter;
  const known = Object.hasOwn(formatters, unit) ? formatters[unit] : undefined;
  if (known !== undefined) return known;
  if (unit.startsWith('count:')) return counted(unit.slice('count:'.length));
  const suffix = unit.startsWith('suffix:') ? unit.slice('suffix:'.length) : ` ${unit}`;
  return (value, decimals) => `${formatDecimals(value, decimals)}${suffix}`;
}

function withPrefix(base: number, prefixes: readonly string[], symbol: string): Formatter {
  const suffixes = prefixes.map((prefix) => ` ${prefix}${symbol}`);
  const fractions = base === 1_000 ? small.map((prefix) => ` ${prefix}${symbol}`) : undefined;
  return (value, decimals) => scaled({ value, decimals, base, suffixes, fractions });
}

function counted(symbol: string): Formatter {
  const suffixes = counts.map((prefix) => `${prefix} ${symbol}`);
  return (value, decimals) => scaled({ value, decimals, base: 1_000, suffixes });
}

interface Scaled {
  readonly value: number;
  readonly decimals: Decimals | undefined;
  readonly base: number;
  readonly suffixes: readonly string[];
  /** Suffixes for values below one. Absent: such values are not scaled. */
  readonly fractions?: readonly string[] | undefined;
}

function scaled({ value, decimals, base, suffixes, fractions }: Scaled): string {
  const rounded = Math.max(Math.abs(value), Math.abs(Number(value.toPrecision(3))));
  const power = value === 0 ? 0 : Math.floor(Math.log(rounded) / Math.log(base) + 1e-9);
  if (power < 0 && fractions !== undefined) {
    const at = Math.min(-power, fractions.length - 1);
    return `${formatDecimals(value * base ** at, decimals)}${fractions[at]}`;
  }
  const at = Math.min(Math.max(power, 0), suffixes.length - 1);
  return `${formatDecimals(value / base ** at, decimals)}${suffixes[at]}`;
}

/** Returns the number of decimals of three significant digits, as Grafana does by default. 0 for integers. */
export function decimalsFor(value: number): number {
  const rounded = Number(value.toPrecision(3));
  if (rounded === 0 || Number.isInteger(value)) return 0;
  return Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded))));
}

/**
 * Formats with three significant digits, and integers without decimals. Values that are not finite are written as in
 * PromQL.
 */
export function formatDecimals(value: number, decimals: Decimals = 20): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  const count = typeof decimals === 'number' ? Math.min(decimals, decimalsFor(value), 20) : decimals.exactly;
  const text = value.toFixed(count);
  return /^-0(?:\.0*)?$/.test(text) ? text.slice(1) : text;
}

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

export function formatSeconds(value: number, decimals?: Decimals): string {
  if (value === 0) return '0 s';
  const size = Math.abs(value);
  const [, divisor, one, many] = steps.find(([from]) => size >= from) ?? [0, 1, ' s', ' s'];
  const text = formatDecimals(value / divisor, decimals);
  return `${text}${text === '1' ? one : many}`;
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

/** Parses a date with an optional time. Returns undefined for an invalid date or time. */
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

/** Formats all splits with the same number of decimals, as many as the finest split needs in its unit. */
export function valueTexts(
  splits: readonly number[],
  format: (value: number, decimals?: Decimals) => string,
): string[] {
  for (let exactly = 0; exactly < 4; exactly += 1) {
    const texts = splits.map((value) => format(value, { exactly }));
    const exact = splits.every((value, index) => isExact(texts[index] as string, format(value, { exactly: 4 })));
    if (exact && new Set(texts).size === texts.length) return texts;
  }
  return splits.map((value) => format(value));
}

function isExact(text: string, finer: string): boolean {
  return Math.abs(Number.parseFloat(text) - Number.parseFloat(finer)) < 1e-3;
}

const minute = 60;
const hour = 3_600;
const day = 86_400;

/** Formats the times of an axis: clocks, and dates at midnight or for long steps. */
export function timeTexts(splits: readonly number[]): string[] {
  const step = (splits[1] ?? 0) - (splits[0] ?? 0);
  return splits.map((seconds) => {
    const [date, time] = [formatDate(seconds * 1_000).slice('yyyy-'.length), formatClock(seconds * 1_000)];
    const clock = time.slice(0, 'hh:mm'.length);
    if (step < minute) return time;
    if (step >= day || clock === '00:00') return date;
    return step >= 6 * hour ? `${date} ${clock}` : clock;
  });
}

/** Formats values with their units, by Grafana's unit names and in Grafana's spelling. */

/** Most decimals of a rounded value, or their exact number, as on an axis. */
export type Decimals = number | { readonly exactly: number };

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

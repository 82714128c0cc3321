/** Formats values with their units, by Grafana's unit names and in Grafana's spelling. */
import { formatDecimals } from './decimals.ts';
import { formatFromNow, formatSeconds } from './durations.ts';

type Formatter = (value: number, decimals?: number) => string;

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

/** Returns the formatter of a unit. An unknown unit is appended to the number. */
export function formatterOf(unit: string | undefined): Formatter {
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
  readonly decimals: number | undefined;
  readonly base: number;
  readonly suffixes: readonly string[];
  /** Suffixes for values below one. Absent: such values are not scaled. */
  readonly fractions?: readonly string[] | undefined;
}

function scaled({ value, decimals, base, suffixes, fractions }: Scaled): string {
  const power = value === 0 ? 0 : Math.floor(Math.log(Math.abs(value)) / Math.log(base) + 1e-9);
  if (power < 0 && fractions !== undefined) {
    const at = Math.min(-power, fractions.length - 1);
    return `${formatDecimals(value * base ** at, decimals)}${fractions[at]}`;
  }
  const at = Math.min(Math.max(power, 0), suffixes.length - 1);
  return `${formatDecimals(value / base ** at, decimals)}${suffixes[at]}`;
}

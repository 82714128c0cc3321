/**
 * Translates OTLP names and units to Prometheus names. Sources:
 * https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#otlp-metric-points-to-prometheus and
 * https://github.com/prometheus/otlptranslator, which Prometheus' own receiver uses.
 */

export interface OtlpName {
  readonly name: string;
  readonly unit: string;
  /** `counter`: a monotonic sum. */
  readonly kind: 'gauge' | 'counter' | 'other';
}

/** Returns `http_server_duration_seconds` for `http.server.duration` in `s`; empty when the name has no valid character. */
export function prometheusName({ name, unit, kind }: OtlpName): string {
  const words = name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== '');
  if (words.length === 0) return '';
  const [main = '', per] = splitUnit(unit);
  const mainWord = unitWord(main, mainUnits);
  if (mainWord !== '' && !words.includes(mainWord)) words.push(mainWord);
  const perWord = per === undefined ? '' : unitWord(per, perUnits);
  if (perWord !== '' && !words.includes(perWord)) words.push('per', perWord);
  const suffix = kind === 'counter' ? 'total' : kind === 'gauge' && unit.trim() === '1' ? 'ratio' : undefined;
  const kept = suffix === undefined ? words : [...words.filter((word) => word !== suffix), suffix];
  const joined = kept.join('_');
  return /^\d/.test(joined) ? `_${joined}` : joined;
}

/** Returns `http_status_code` for `http.status_code`. A leading digit gets the prefix `key_`, a leading underscore `key`. */
export function prometheusLabel(key: string): string {
  const label = key.replaceAll(/[^a-zA-Z0-9_]/gu, '_');
  if (/^\d/.test(label)) return `key_${label}`;
  return label.startsWith('_') && !label.startsWith('__') ? `key${label}` : label;
}

/** Splits `By/s` at the first slash. */
function splitUnit(unit: string): readonly string[] {
  const at = unit.indexOf('/');
  return at === -1 ? [unit] : [unit.slice(0, at), unit.slice(at + 1)];
}

/** Returns the unit's word. UCUM annotations in braces are no unit. */
function unitWord(raw: string, known: Readonly<Record<string, string>>): string {
  const unit = raw.trim();
  if (unit.includes('{') || unit.includes('}')) return '';
  const word = Object.hasOwn(known, unit) ? (known[unit] as string) : unit;
  return word
    .split(/[^a-zA-Z0-9]+/)
    .filter((part) => part !== '')
    .join('_');
}

const mainUnits: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tibibytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '1': '',
  '%': 'percent',
};

const perUnits: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};

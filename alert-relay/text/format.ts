/** Formats values, times and durations for people. */

const binaryPrefixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;

/**
 * Returns a value with its unit to three significant figures: `91.5 %`, `0.0007`, `1.5 GiB`, `0.4 ms`, `34 min 15 s`. Whole
 * numbers keep all their digits: `1,204 packets/s`. Returns undefined for states, whose numbers have no meaning to a reader. A
 * unit that is not in the catalogue is appended unchanged.
 */
export function renderValue(value: number, unit: string | undefined): string | undefined {
  if (unit === 'state') return undefined;
  if (!Number.isFinite(value)) return renderNumber(value);
  switch (unit) {
    case 'seconds':
      return renderSeconds(value);
    case 'percent':
      return `${renderNumber(value)} %`;
    case 'bytes':
    case 'bytes/s':
      return renderBytes(value, unit.slice('bytes'.length));
    case 'count':
    case 'load':
    case undefined:
      return renderNumber(value);
    default:
      return `${renderNumber(value)} ${unit}`;
  }
}

function renderBytes(value: number, suffix: string): string {
  const size = Math.abs(value);
  const power = size < 1_024 ? 0 : Math.min(Math.floor(Math.log2(size) / 10), binaryPrefixes.length - 1);
  return `${renderNumber(value / 1_024 ** power)} ${binaryPrefixes[power]}B${suffix}`;
}

/** From a minute on, the two largest units. */
function renderSeconds(value: number): string {
  const size = Math.abs(value);
  if (size >= 60) return `${value < 0 ? '-' : ''}${renderSpan(size * 1_000)}`;
  return size >= 1 || size === 0 ? `${renderNumber(value)} s` : `${renderNumber(value * 1_000)} ms`;
}

/** Returns the number to three significant figures: `0.0007`, `91.5`, `1,204`, `1e+21`, `+Inf`, `NaN`. */
export function renderNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  if (size >= 1e15 || (size > 0 && size < 1e-6)) return rounded.toExponential();
  if (size === 0) return '0';
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(size)));
  return new Intl.NumberFormat('en-US', { maximumFractionDigits: decimals }).format(value);
}

/** Returns the text in which a raw value of a template, such as `91.53333333333333`, is rounded like other values. */
export function roundRawValue(text: string, raw: string | undefined): string {
  if (raw === undefined || !/^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/.test(raw) || Number.isInteger(Number(raw)))
    return text;
  const literal = raw.replaceAll(/[.+]/g, '\\$&');
  return text.replaceAll(new RegExp(`(?<![\\w.])${literal}(?![\\w]|\\.\\d)`, 'g'), renderNumber(Number(raw)));
}

const spanUnits = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** Returns the two largest units that are not zero: `2 d 3 h`, `34 min 15 s`, `4 s`. Milliseconds below one second. */
export function renderSpan(spanMs: number): string {
  if (spanMs < 1_000) return `${Math.round(spanMs)} ms`;
  const seconds = Math.round(spanMs / 1_000);
  const first = spanUnits.findIndex(([, size]) => seconds >= size);
  let rest = seconds;
  return spanUnits
    .slice(first, first + 2)
    .flatMap(([name, size]) => {
      const count = Math.floor(rest / size);
      rest -= count * size;
      return count === 0 ? [] : [`${count} ${name}`];
    })
    .join(' ');
}

/** Returns `2026-03-01 12:00:00 UTC`, `2026-07-01 14:00:00 CEST`, `2026-03-01 07:00:00 GMT-5`. */
export function renderTime(timeMs: number, timeZone: string): string {
  const { year, month, day, hour, minute, second } = partsOf(timeMs, timeZone);
  return `${year}-${month}-${day} ${hour}:${minute}:${second} ${zoneName(timeMs, timeZone)}`;
}

/** Returns the abbreviation of the time zone at that time: `UTC`, `CEST`. */
export function zoneName(timeMs: number, timeZone: string): string {
  return partsOf(timeMs, timeZone)['timeZoneName'] ?? timeZone;
}

/** Returns the offset from UTC at that time, positive in the east. */
export function zoneOffsetMs(timeMs: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = partsOf(timeMs, timeZone);
  const shown = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return shown - Math.floor(timeMs / 1_000) * 1_000;
}

/** Returns whether the name is in the IANA time zone database: `Europe/Berlin`, `UTC`. */
export function isTimeZone(name: string): boolean {
  try {
    zoneName(0, name);
    return true;
  } catch {
    return false; // Intl throws for an unknown name
  }
}

function partsOf(timeMs: number, timeZone: string): Readonly<Record<string, string>> {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  });
  return Object.fromEntries(format.formatToParts(timeMs).map(({ type, value }) => [type, value]));
}

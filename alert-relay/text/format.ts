/** Formats values, times and durations for people. */

const binaryPrefixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;

/**
 * Returns a value with its unit: `91.5 %`, `1.5 GiB`, `12.3 MiB/s`, `1,204 packets/s`, `34 min 15 s`. Returns undefined for
 * states, whose numbers have no meaning to a reader. A unit that is not in the catalogue is appended unchanged.
 */
export function renderValue(value: number, unit: string | undefined): string | undefined {
  switch (unit) {
    case 'state':
      return undefined;
    case 'seconds':
      return `${value < 0 ? '-' : ''}${renderSpan(Math.abs(value) * 1_000)}`;
    case 'percent':
      return `${renderNumber(value, 1)} %`;
    case 'bytes':
    case 'bytes/s':
      return renderBytes(value, unit.slice('bytes'.length));
    case 'count':
    case 'load':
    case undefined:
      return renderNumber(value, 2);
    default:
      return `${renderNumber(value, 2)} ${unit}`;
  }
}

function renderBytes(value: number, suffix: string): string {
  const size = Math.abs(value);
  const power = size < 1_024 ? 0 : Math.min(Math.floor(Math.log2(size) / 10), binaryPrefixes.length - 1);
  return `${renderNumber(value / 1_024 ** power, 1)} ${binaryPrefixes[power]}B${suffix}`;
}

function renderNumber(value: number, digits: number): string {
  return new Intl.NumberFormat('en-US', { maximumFractionDigits: digits }).format(value);
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

/** Times as people read them, in a time zone of the configuration. */

/** `2026-03-01 12:00:00 UTC`, `2026-07-01 14:00:00 CEST`, `2026-03-01 07:00:00 GMT-5`. */
export function renderTime(timeMs: number, timeZone: string): string {
  const { year, month, day, hour, minute, second } = partsOf(timeMs, timeZone);
  return `${year}-${month}-${day} ${hour}:${minute}:${second} ${zoneName(timeMs, timeZone)}`;
}

/** What the zone is called at that time: `UTC`, `CEST`. */
export function zoneName(timeMs: number, timeZone: string): string {
  return partsOf(timeMs, timeZone)['timeZoneName'] ?? timeZone;
}

/** How far the zone's clock is ahead of UTC then. */
export function zoneOffsetMs(timeMs: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = partsOf(timeMs, timeZone);
  const shown = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return shown - Math.floor(timeMs / 1_000) * 1_000;
}

/** Of the IANA database, as `Europe/Berlin`; `UTC` is one. */
export function isTimeZone(name: string): boolean {
  try {
    zoneName(0, name);
    return true;
  } catch {
    return false; // an unknown name is what is asked about
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

/** Parses the time of `hostpulse top --at`. */
import { instant } from '../../ingest-gateway/schema/fields.ts';

const timeOfDay = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;

/**
 * Returns milliseconds since 1970; undefined for another text. A time of day is the most recent one in the local time zone; RFC 3339 and
 * milliseconds since 1970 are accepted as well.
 */
export function parseTopTime(text: string, nowMs: number): number | undefined {
  const [, hours, minutes, seconds = '0'] = timeOfDay.exec(text) ?? [];
  if (hours === undefined) {
    const parsed = instant.safeParse(text);
    return parsed.success ? parsed.data : undefined;
  }
  const at = new Date(nowMs);
  at.setHours(Number(hours), Number(minutes), Number(seconds), 0);
  if (at.getTime() > nowMs) {
    at.setDate(at.getDate() - 1);
    at.setHours(Number(hours), Number(minutes), Number(seconds), 0);
  }
  return at.getTime();
}

/** Returns `2026-01-31 03:12:00` in the local time zone. */
export function renderLocalTime(timeMs: number): string {
  const at = new Date(timeMs);
  const pad = (value: number) => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return `${day} ${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

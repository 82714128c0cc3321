/**
 * Reads the abbreviation of the local time zone (`CET`), as Go and the C library do. JavaScript's `Intl` returns names by locale
 * (`GMT+1`) and takes megabytes.
 * Source of the file format: RFC 8536
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const zoneFolder = '/usr/share/zoneinfo';
/** The rule at the end of a file: `CET-1CEST,M3.5.0,M10.5.0/3`, `<-03>3`. Source: POSIX, the TZ variable */
const rule = /^(<[A-Za-z0-9+-]+>|[A-Za-z]{3,})([+-]?\d{1,2}(?::\d{2}){0,2})(?:(<[A-Za-z0-9+-]+>|[A-Za-z]{3,}).*)?$/;

/** Returns the abbreviation when local time is `offsetSeconds` ahead of UTC; undefined when the zone has no such offset. */
export function readZoneName(offsetSeconds: number, zone = process.env['TZ']): string | undefined {
  if (zone === '') return 'UTC';
  const name = zone?.replace(/^:/, '');
  if (name !== undefined && rule.test(name)) return parseZoneName(name, offsetSeconds);
  const path = name === undefined ? '/etc/localtime' : name.startsWith('/') ? name : join(zoneFolder, name);
  const footer = tryReadFooter(path);
  if (footer !== undefined) return parseZoneName(footer, offsetSeconds);
  return offsetSeconds === 0 ? 'UTC' : undefined;
}

/** Returns the standard or the daylight saving name of a rule, depending on the offset. */
export function parseZoneName(text: string, offsetSeconds: number): string | undefined {
  const [, standard, offset, daylight] = rule.exec(text) ?? [];
  if (standard === undefined || offset === undefined) return undefined;
  // POSIX offsets are positive west of Greenwich.
  const [hours = '0', minutes = '0', seconds = '0'] = offset.replace(/^[+-]/, '').split(':');
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  const standardSeconds = offset.startsWith('-') ? size : -size;
  const name = standardSeconds === offsetSeconds ? standard : daylight;
  return name?.replace(/^<|>$/g, '');
}

function tryReadFooter(path: string): string | undefined {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch {
    // A container without zone data has no such file; its clock is UTC.
    return undefined;
  }
  if (file.toString('latin1', 0, 4) !== 'TZif' || file.at(-1) !== 0x0a) return undefined;
  const start = file.lastIndexOf(0x0a, file.length - 2);
  return file.toString('latin1', start + 1, file.length - 1);
}

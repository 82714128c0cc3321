/**
 * Exposes the distribution's name, version and end of support, from /etc/os-release below `--path.rootfs`.
 * Source: os-release(5)
 */
import { join } from 'node:path';
import { cachedReading, deviceFactsMaxAgeMs } from '../collector/cached-reading.ts';
import type { Collector } from '../collector/collector.ts';
import { type Family, gauge, type Labels, single } from '../exposition/family.ts';
import { quote } from '../procfs/host-file.ts';
import { createAttributeReader } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

/** Names of the labels. The file contains the names in upper case. */
export const fields = [
  'build_id',
  'id',
  'id_like',
  'image_id',
  'image_version',
  'name',
  'pretty_name',
  'variant',
  'variant_id',
  'version',
  'version_codename',
  'version_id',
] as const;

export const os: Collector = {
  name: 'os',
  defaultEnabled: true,
  help: "Exposes the distribution's name, version and end of support, from /etc/os-release.",
  docs: { source: '/etc/os-release below `--path.rootfs`' },
  flags: [],
  create({ paths, faults, now = Date.now }) {
    const attributes = createAttributeReader(faults);
    const files = [join('etc', 'os-release'), join('usr', 'lib', 'os-release')].map((file) => join(paths.rootfs, file));
    const readFamilies = cachedReading(() => readOsFamilies(files, (path) => attributes.text(path), faults), {
      maxAgeMs: deviceFactsMaxAgeMs,
      now,
    });
    return () => readFamilies();
  },
};

function readOsFamilies(
  files: readonly string[],
  read: (path: string) => string | undefined,
  faults: ValueFaults,
): Family[] {
  for (const path of files) {
    const text = read(path);
    if (text !== undefined) return familiesOf(parseOsRelease(text, faults), path, faults);
  }
  return [];
}

function familiesOf(release: ReadonlyMap<string, string>, path: string, faults: ValueFaults): Family[] {
  const field = (name: string) => release.get(name.toUpperCase()) ?? '';
  const labels: Labels = Object.fromEntries(fields.map((name) => [name, field(name)]));
  const help = `A metric with a constant '1' value labeled by ${fields.join(', ')}.`;
  const families: Family[] = [gauge('node_os_info', help, [{ labels, value: 1 }])];
  const supportEnd = field('support_end');
  const endSeconds = supportEnd === '' ? undefined : faults.attempt(path, () => parseDay(supportEnd, path));
  if (endSeconds !== undefined) {
    families.push(
      single(
        'node_os_support_end_timestamp_seconds',
        'Metric containing the end-of-life date timestamp of the OS.',
        'gauge',
        endSeconds,
      ),
    );
  }
  const version = Number(/^\d+\.?\d*/.exec(field('version_id'))?.[0] ?? 0);
  // Rolling distributions have no version.
  if (version > 0) {
    const labels = { id: field('id'), id_like: field('id_like'), name: field('name') };
    const help = 'Metric containing the major.minor part of the OS version.';
    families.push(gauge('node_os_version', help, [{ labels, value: version }]));
  }
  return families;
}

/** Returns the start of the day `2028-06-30` in UTC, in seconds since 1970. */
function parseDay(text: string, path: string): number {
  const timeMs = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  if (Number.isNaN(timeMs) || new Date(timeMs).toISOString().slice(0, 10) !== text) {
    throw new Error(`${path}: SUPPORT_END: expected a day such as 2028-06-30, got ${JSON.stringify(text)}`);
  }
  return timeMs / 1000;
}

/** Matches an assignment as a shell parses it, without variables. */
const assignment = /^(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/;
/** Matches one piece of a value: `'literal'`, `"with escapes"`, unquoted, or a comment at the end. */
const piece = /'([^']*)'|"((?:[^"\\]|\\.)*)"|((?:[^'"\\\s#]|\\.)+)|([ \t]+#.*|[ \t]+)$/y;

/** Parses os-release to values by name. Throws when no line is an assignment. */
export function parseOsRelease(text: string, faults: ValueFaults): Map<string, string> {
  const values = new Map<string, string>();
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const place = `os-release line ${index + 1}`;
    const [, name, value] = assignment.exec(trimmed) ?? [];
    if (name === undefined || value === undefined) {
      faults.report(place, new Error(`${place}: expected NAME=value, got ${quote(line)}`));
      continue;
    }
    const parsed = faults.attempt(place, () => parseValue(value, index + 1));
    if (parsed !== undefined) values.set(name, parsed);
  }
  if (values.size === 0) throw new Error(`os-release: expected NAME=value, got ${quote(text)}`);
  return values;
}

function parseValue(text: string, line: number): string {
  let value = '';
  let index = 0;
  while (index < text.length) {
    piece.lastIndex = index;
    const [whole, single, double, bare] = piece.exec(text) ?? [];
    if (whole === undefined) throw new Error(`os-release line ${line}: expected a quoted value, got ${quote(text)}`);
    value += single ?? (double ?? bare ?? '').replaceAll(/\\(.)/gs, '$1');
    index += whole.length;
  }
  return value;
}

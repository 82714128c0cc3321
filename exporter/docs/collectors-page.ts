/** Writes the entries of the collectors in docs/collectors.md from their declarations and cases. Runs in `npm run generate`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GeneratedFile, generate } from '../../common/program/generated-files.ts';
import type { Collector } from '../collector/collector.ts';
import { collectors } from '../collectors/index.ts';
import { missingCollectors } from '../node-exporter-flags.ts';

const root = join(import.meta.dirname, '..', '..');
const pagePath = 'docs/collectors.md';
const begin = '<!-- begin: npm run generate -->\n';
const end = '<!-- end: npm run generate -->\n';

/** Collectors of node_exporter 1.12 that the exporter does not have: source and reason. All are off by default. */
const missing: Readonly<Record<string, readonly [source: string, reason: string]>> = {
  netclass_rtnl: ['netlink', 'netclass reads the same values from sysfs'],
  ntp: ['an NTP server', 'deprecated by node_exporter; `timex` has the offset'],
  perf: ['perf_event_open(2)', 'Node.js cannot make this system call, and the measurement costs CPU time'],
  runit: ['/etc/service', 'deprecated by node_exporter'],
  supervisord: ["supervisord's HTTP API", 'deprecated by node_exporter'],
};

/** Longer lists of families are grouped by the first three words of the names. */
const maxFamilies = 24;

/** Returns the page with current entries. Throws when a collector has no `docs`, or when the list of missing collectors is wrong. */
export function collectorsPage(): GeneratedFile {
  const page = readFileSync(join(root, pagePath), 'utf8');
  const [before, rest] = page.split(begin);
  const [, after] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined) throw new Error(`${pagePath}: expected ${begin} and ${end}`);
  return { path: pagePath, text: `${before}${begin}\n${entries()}\n${end}${after}` };
}

function entries(): string {
  const sorted = [...collectors].sort((a, b) => (a.name < b.name ? -1 : 1));
  const absent = missingCollectors(new Set(sorted.map(({ name }) => name)));
  const undocumented = absent.filter((name) => missing[name] === undefined);
  const present = Object.keys(missing).filter((name) => !absent.includes(name));
  if (undocumented.length + present.length > 0)
    throw new Error(`missing collectors: expected ${absent.join(', ')}, got ${Object.keys(missing).join(', ')}`);
  return [
    '## On by default\n',
    table(
      ['collector', 'source'],
      sorted.filter(isDefault).map((each) => [link(each), docsOf(each).source]),
    ),
    '## Off by default\n',
    table(
      ['collector', 'source', 'cost'],
      sorted
        .filter((each) => !isDefault(each) && !isBeyond(each))
        .map((each) => [link(each), docsOf(each).source, docsOf(each).cost ?? '']),
    ),
    '## Beyond node_exporter\n',
    'node_exporter does not have these collectors. They are off by default.\n',
    table(
      ['collector', 'metric names of', 'source', 'cost'],
      sorted
        .filter(isBeyond)
        .map((each) => [link(each), docsOf(each).names ?? '', docsOf(each).source, docsOf(each).cost ?? '']),
    ),
    '## Missing\n',
    'These collectors of node_exporter are off by default there.\n',
    table(
      ['collector', 'source', 'reason'],
      Object.entries(missing).map(([name, [source, reason]]) => [name, source, reason]),
    ),
    '## Families and differences\n',
    ...sorted.map(entry),
  ].join('\n');
}

function isDefault({ defaultEnabled }: Collector): boolean {
  return defaultEnabled;
}

function isBeyond(collector: Collector): boolean {
  return docsOf(collector).names !== undefined;
}

function link({ name }: Collector): string {
  return `[${name}](#${name})`;
}

function docsOf({ name, docs }: Collector): NonNullable<Collector['docs']> {
  if (docs === undefined) throw new Error(`exporter/collectors/${name}.ts: expected docs, got none`);
  return docs;
}

function entry(collector: Collector): string {
  const { name } = collector;
  const { differences = [] } = docsOf(collector);
  const families = groupFamilies(readFamilyNames(name)).map((each) => `\`${each}\``);
  const rows = differences.map(({ upstream, here, reason }) => [upstream, here, reason]);
  return [
    `### ${name}\n`,
    `${escape(collector.help)}\n`,
    `${families.join(', ')}\n`,
    ...(rows.length === 0 ? [] : [table([docsOf(collector).names ?? 'node_exporter', 'exporter', 'reason'], rows)]),
  ].join('\n');
}

/** Returns the families of a collector in all its cases, sorted. Omits the families of text files, which other programs define. */
function readFamilyNames(name: string): string[] {
  const folder = join(root, 'test', 'cases', 'collectors', name);
  const pages = readdirSync(folder)
    .map((each) => join(folder, each, 'expected.prom'))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'));
  const names = new Set(
    pages.flatMap((page) => [...page.matchAll(/^# TYPE (\S+)/gm)].map(([, family = '']) => family)),
  );
  const own = [...names].filter((family) => name !== 'textfile' || family.startsWith('node_textfile_'));
  if (own.length === 0) throw new Error(`${folder}: expected an expected.prom with families, got none`);
  return own.sort();
}

/** Returns the names, or patterns such as `node_zfs_arc_*` when there are many. */
export function groupFamilies(names: readonly string[]): string[] {
  if (names.length <= maxFamilies) return [...names];
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const prefix = name.split('_').slice(0, 3).join('_');
    groups.set(prefix, [...(groups.get(prefix) ?? []), name]);
  }
  if (groups.size > maxFamilies) return [`${names[0]?.split('_').slice(0, 2).join('_')}_*`];
  return [...groups].map(([prefix, group]) => (group.length === 1 ? (group[0] as string) : `${prefix}_*`));
}

function escape(text: string): string {
  return text
    .replaceAll('<', '\\<')
    .replaceAll('|', '\\|')
    .replaceAll(/(^|[^`])\*/g, '$1\\*');
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(escapeCell));
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(heading), rule, ...cells.map(line), ''].join('\n');
}

/** Escapes the characters that Markdown interprets as markup, outside of code. */
function escapeCell(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : escape(part)))
    .join('');
}

if (import.meta.main) process.exitCode = generate([collectorsPage()], process.argv.slice(2));

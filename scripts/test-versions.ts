/** `npm run test:versions` runs the suites that depend on real programs with each supported set of programs, and prints a table. */
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { addTotals, countProjects, type Project, renderTotals, type Totals } from './test-run.ts';
import { ensureSuite } from './tools/program-sets.ts';
import { programsOf, type Suite, suites } from './tools/tool-folders.ts';

interface VersionSuite {
  readonly project: Project;
  readonly files: readonly string[];
}

/** Columns of the table, by the name that selects the column on the command line. */
const columns: Readonly<Record<string, readonly VersionSuite[]>> = {
  tiers: [{ project: 'e2e', files: ['tiers-'] }],
  queries: [{ project: 'e2e', files: ['gateway-queries', 'ingest-liveness', 'agent-liveness'] }],
  rules: [
    { project: 'unit', files: ['test/rules/'] },
    { project: 'e2e', files: ['/rules', '/rule-edit'] },
  ],
  relay: [{ project: 'e2e', files: ['/relay-channels', '/resolve-alerts', '/inhibition', '/silences'] }],
  dashboards: [{ project: 'e2e', files: ['/dashboards'] }],
  parity: [{ project: 'e2e', files: ['/live-parity'] }],
  restart: [
    { project: 'e2e', files: ['/restart-after-merge'] },
    { project: 'faults', files: ['out-of-order-restart', 'merged-out-of-order'] },
  ],
};

/** Packages of a set, by the heading of their column. */
const packages: Readonly<Record<string, string>> = {
  Prometheus: 'prometheus',
  Alertmanager: 'prometheus-alertmanager',
  VictoriaMetrics: 'victoria-metrics',
  node_exporter: 'prometheus-node-exporter',
};

/**
 * Runs all columns on all sets, or the columns and sets that `args` names (`forky`, `tiers`). Sets the exit code 1 when a test fails, or
 * when a cell has no test.
 */
export async function testVersions(args: readonly string[]): Promise<void> {
  const unknown = args.filter((name) => !(name in columns) && !suites.some((suite) => suite === name));
  if (unknown.length > 0)
    throw new Error(`no set or suite "${unknown[0]}"; there are ${[...suites, ...Object.keys(columns)].join(', ')}`);
  const named = <Name extends string>(all: readonly Name[]): readonly Name[] =>
    all.some((name) => args.includes(name)) ? all.filter((name) => args.includes(name)) : all;
  const wanted = named(Object.keys(columns));
  const rows = [['Set', ...Object.keys(packages), ...wanted]];
  for (const suite of named(suites)) {
    ensureSuite(suite);
    const cells: string[] = [];
    for (const column of wanted) cells.push(await runCell(suite, columns[column] ?? []));
    rows.push([suite, ...Object.values(packages).map((each) => versionOf(suite, each)), ...cells]);
  }
  process.stdout.write(`${renderTable(rows)}\n`);
}

async function runCell(suite: Suite, parts: readonly VersionSuite[]): Promise<string> {
  const path = process.env['PATH'] ?? '';
  const totals: Totals[] = [];
  process.env['PATH'] = `${programsOf(suite)}${delimiter}${path}`;
  try {
    for (const { project, files } of parts) totals.push(await countProjects([project], files));
  } finally {
    process.env['PATH'] = path;
  }
  const total = addTotals(totals);
  if (total.failed > 0 || totals.some(({ passed }) => passed === 0)) process.exitCode = 1;
  return renderTotals(total);
}

/** Returns the version from the changelog of the package, because the programs of VictoriaMetrics do not print their version. */
function versionOf(suite: Suite, debianPackage: string): string {
  const changelog = join(programsOf(suite), '..', 'share', 'doc', debianPackage, 'changelog.Debian.gz');
  const [, version] = /\((\d[\d.]*)/.exec(gunzipSync(readFileSync(changelog)).toString('utf8')) ?? [];
  return version ?? '-';
}

/** Returns the rows as a Markdown table; the first row is the heading. */
export function renderTable([heading = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n');
}

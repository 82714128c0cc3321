// Subject: docs/existing-prometheus.md
/** Runs the commands of docs/existing-prometheus.md as written, and checks the tables of the page. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { metricByName } from '../../common/catalogue/metrics.ts';
import { currentExpression, recordingExpression } from '../../common/catalogue/promql.ts';
import { tierByName } from '../../common/catalogue/tiers.ts';
import { fleetOf, holdSeconds } from '../../rules/fleet.ts';
import { binaryPath } from '../support/binaries.ts';

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'existing-prometheus.md'), 'utf8');
const entry = join(import.meta.dirname, '..', '..', 'bin', 'hostpulse.ts');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'existing-docs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const commands = page
  .split('\n')
  .filter((line) => /^ {4}(?:hostpulse|promtool|cd) /.test(line))
  .map((line) => line.trim());

test('the commands run as written', () => {
  expect(commands).toHaveLength(5);
  const path = [dirname(process.execPath), dirname(binaryPath('promtool')), process.env['PATH']].join(delimiter);
  const script = ['set -e', `hostpulse() { node ${entry} "$@"; }`, ...commands].join('\n');
  const output = execFileSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8', env: { PATH: path } });
  expect(output.match(/SUCCESS/g)).toHaveLength(6);
  expect(readdirSync(join(folder, 'hostpulse-rules', 'dashboards'))).toHaveLength(8);
  expect(readdirSync(join(folder, 'hostpulse-rules', 'rules'), { recursive: true })).toContain(
    join('hostpulse-rules', 'prometheusrule.yaml'),
  );
}, 60_000);

test('the table of the scrape intervals is true', () => {
  const rows = [...page.matchAll(/^\| (\d+) s \| (\d+) s \| (\d+) s \| (\d+) s \| (\d+) s \|$/gm)].map((row) =>
    row.slice(1).map(Number),
  );
  const reads = metricByName('disk.io.read.bytes');
  const load = metricByName('cpu.load.average.1m');
  if (reads === undefined || load === undefined) throw new Error('the catalogue lacks a metric');
  const windowIn = (expression: string): number => Number(/\[(\d+)s\]/.exec(expression)?.[1]);
  const actual = [10, 15, 30, 60].map((seconds) => {
    const fleet = fleetOf('node', seconds);
    return [
      seconds,
      windowIn(currentExpression(reads, fleet.matchers, fleet.intervalSeconds)),
      windowIn(recordingExpression(reads, 'avg', tierByName('1m'), fleet)),
      windowIn(recordingExpression(load, 'avg', tierByName('1m'), fleet)),
      holdSeconds(60, fleet),
    ];
  });
  expect(rows).toEqual(actual);
});

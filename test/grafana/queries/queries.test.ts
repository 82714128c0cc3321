/** Every expression of every dashboard: syntax, types, and existing metrics. */
import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { familiesOf } from '../../../common/catalogue/expression.ts';
import { allMetrics, operationsOf, recordingName } from '../../../common/catalogue/metrics.ts';
import { recordedTierNames } from '../../../common/catalogue/tiers.ts';
import { binaryPath } from '../../support/binaries.ts';
import { dashboards } from '../../support/dashboards.ts';
import { typed } from '../../support/promql-check.ts';
import { selectorsIn } from '../../support/promql-selectors.ts';

const expressions = dashboards.flatMap(({ uid, panels, variables, annotations }) => [
  ...panels.flatMap(({ id, targets }) => targets.map(({ refId, expr }) => [`${uid} ${id} ${refId}`, expr] as const)),
  ...variables.flatMap((each) => (each.type === 'query' ? [[`${uid} $${each.name}`, each.expr] as const] : [])),
  ...annotations.map(({ name, expr }) => [`${uid} @${name}`, expr] as const),
]);

const exposed = globSync('test/cases/collectors/*/*/expected.prom', {
  cwd: join(import.meta.dirname, '..', '..', '..'),
})
  .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(/^# TYPE (\S+)/gm)])
  .map(([, family]) => family as string);

const known = new Set([
  'up',
  'ALERTS',
  'ALERTS_FOR_STATE',
  ...exposed,
  ...allMetrics.flatMap(({ exported, pushedFamily }) => [...familiesOf(exported), pushedFamily]),
  ...allMetrics.flatMap((metric) =>
    recordedTierNames.flatMap((tier) =>
      operationsOf(metric).map((operation) => recordingName(metric, operation, tier)),
    ),
  ),
]);

test('there are many expressions', () => {
  expect(expressions.length).toBeGreaterThan(300);
  expect(exposed.length).toBeGreaterThan(100);
});

test.each(expressions)('%s reads existing metrics', (_, expression) => {
  const families = selectorsIn(typed(expression)).map(({ family }) => family);
  expect(families.filter((family) => !known.has(family))).toEqual([]);
});

test('every metric of the catalogue is on a dashboard', () => {
  const shown = new Set(expressions.flatMap(([, expr]) => selectorsIn(typed(expr)).map(({ family }) => family)));
  for (const metric of allMetrics) {
    const recorded = recordedTierNames.map((tier) => recordingName(metric, 'avg', tier));
    expect([metric.name, recorded.every((name) => shown.has(name))]).toEqual([metric.name, true]);
  }
});

test('every recorded peak is shown', () => {
  const shown = new Set(expressions.flatMap(([, expr]) => selectorsIn(typed(expr)).map(({ family }) => family)));
  const peaks = allMetrics
    .filter(({ peak }) => peak)
    .flatMap((metric) => recordedTierNames.map((tier) => recordingName(metric, 'max', tier)));
  expect(peaks.length).toBeGreaterThan(10);
  expect(peaks.filter((name) => !shown.has(name))).toEqual([]);
});

describe('types', () => {
  async function check(rules: readonly { readonly record: string; readonly expr: string }[]): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'dashboards-'));
    try {
      const file = join(folder, 'panels.yml');
      writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
      const { stdout } = await promisify(execFile)(binaryPath('promtool'), ['check', 'rules', '--lint=none', file]);
      return stdout;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test('are accepted by Prometheus', async () => {
    const rules = expressions.map(([, expression], index) => ({ record: `panel:${index}`, expr: typed(expression) }));
    expect(await check(rules)).toContain(`SUCCESS: ${expressions.length} rules found`);
  });

  test('that are wrong are detected', async () => {
    await expect(check([{ record: 'panel:0', expr: 'rate(up)' }])).rejects.toThrow('expected type range vector');
  });
});

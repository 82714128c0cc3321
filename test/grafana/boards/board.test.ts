/** The rules of Grafana's dashboard linter: https://github.com/grafana/dashboard-linter/blob/main/docs/index.md */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { dashboards, drawnPanels, rawDashboards } from '../../support/dashboards.ts';
import { typed } from '../../support/promql-check.ts';
import { selectorsIn } from '../../support/promql-selectors.ts';

const units = new Set([
  'percent',
  'short',
  'bytes',
  'Bps',
  'iops',
  'count:p/s',
  'none',
  'dateTimeFromNow',
  'celsius',
  's',
]);
const source = { type: 'prometheus', uid: '${datasource}' };

test('there are eight dashboards', () => {
  expect(rawDashboards.map(([name]) => name)).toEqual(
    ['cpu', 'disk', 'hardware', 'host', 'memory', 'network', 'overview', 'workloads'].map((name) => `${name}.json`),
  );
});

describe.each(rawDashboards)('%s', (_, board) => {
  const variables = new Map(board.templating.list.map((each) => [each.name, each]));

  test('is not editable (template-uneditable-rule)', () => {
    expect(board['editable']).toBe(false);
  });

  test('has a data source variable (template-datasource-rule)', () => {
    expect(board.templating.list.filter(({ type }) => type === 'datasource')).toHaveLength(1);
    expect(variables.get('datasource')).toMatchObject({ query: 'prometheus', label: 'Data source' });
  });

  test.each([
    ['job', 'Job'],
    ['instance', 'Instance'],
  ])('chooses its %s (template-job-rule, template-instance-rule)', (name, label) => {
    expect(variables.get(name)).toMatchObject({
      type: 'query',
      datasource: source,
      label,
      multi: true,
      allValue: '.+',
    });
  });

  test('evaluates its variables when the time range changes (template-on-time-change-reload-rule)', () => {
    const queries = board.templating.list.filter(({ type }) => type === 'query');
    expect(queries.length).toBeGreaterThanOrEqual(5);
    for (const { name, refresh } of queries) expect([name, refresh]).toEqual([name, 2]);
  });

  const panels = drawnPanels(board);

  test('has panels', () => {
    expect(panels.length).toBeGreaterThan(6);
  });

  test.each(panels.map((panel) => [panel.title, panel] as const))(
    '%s: title, description, data source, unit (panel-*-rule)',
    (title, { description, datasource, fieldConfig, targets }) => {
      expect(title).toMatch(/^\S.+/);
      expect(description).toMatch(/^\S.{10,}\.$/);
      expect(datasource).toEqual(source);
      expect(targets?.length).toBeGreaterThan(0);
      expect(units).toContain(fieldConfig?.defaults['unit']);
      const overridden = fieldConfig?.overrides.flatMap(({ properties }) => properties) ?? [];
      for (const { id, value } of overridden) if (id === 'unit') expect(units).toContain(value);
    },
  );
});

describe.each(dashboards.map((dashboard) => [dashboard.uid, dashboard] as const))('%s: targets', (_, dashboard) => {
  const targets = drawnPanels(dashboard).flatMap(({ title, targets: all }) =>
    all.map((target) => [`${title} ${target.refId}`, target.expr] as const),
  );

  test.each(targets)('%s: filters by job and instance (target-job-rule, target-instance-rule)', (__, expr) => {
    const selectors = selectorsIn(typed(expr));
    if (!/vector\(0\)/.test(expr)) expect(selectors.length).toBeGreaterThan(0);
    for (const { family, matchers } of selectorsIn(typed(expr))) {
      // Alerts without a host are shown for every selection: an exclusion in grafana/dashboards/.lint.
      const orNone = family.startsWith('ALERTS') ? '|' : '';
      expect(matchers).toEqual(expect.arrayContaining([`job=~"$job${orNone}"`, `instance=~"$instance${orNone}"`]));
    }
  });

  test.each(targets)('%s: reads counters by rate over $__rate_interval (target-rate-interval-rule)', (__, expr) => {
    for (const { family, matchers, reader, window } of selectorsIn(typed(expr))) {
      // Counting CPUs ignores the values of the counter: an exclusion in grafana/dashboards/.lint.
      const isCounted = matchers.includes('mode="idle"') && reader === 'avg_over_time';
      const isCounter = /^(?:node|hostpulse_unit|container|namedprocess)_.+_total$/.test(family) && !isCounted;
      expect([family, reader === 'rate']).toEqual([family, isCounter]);
      if (isCounter) expect(window).toBe(typed('$__rate_interval'));
    }
  });
});

describe('the exclusions of the linter are the exclusions of these tests', () => {
  const { exclusions } = parse(
    readFileSync(join(import.meta.dirname, '../../../grafana/dashboards/.lint'), 'utf8'),
  ) as {
    exclusions: Record<string, { reason: string; entries: { panel: string }[] }>;
  };
  const reading = (pattern: RegExp): readonly string[] => [
    ...new Set(
      dashboards
        .flatMap(({ panels }) => panels.filter(({ targets }) => targets.some(({ expr }) => pattern.test(expr))))
        .map(({ title }) => title),
    ),
  ];

  test.each([
    ['target-counter-agg-rule', /count without .+node_cpu_seconds_total/],
    ['target-job-rule', /ALERTS/],
    ['target-instance-rule', /ALERTS/],
  ])('%s', (rule, pattern) => {
    expect(exclusions[rule]?.reason).toMatch(/\w+/);
    expect(exclusions[rule]?.entries.map(({ panel }) => panel).sort()).toEqual([...reading(pattern)].sort());
  });

  test('no other rule has exclusions', () => {
    expect(Object.keys(exclusions)).toHaveLength(3);
  });
});

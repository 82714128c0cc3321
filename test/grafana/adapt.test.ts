import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { matcher } from '../../common/catalogue/promql.ts';
import { parseDashboard } from '../../console/dashboard/parse-dashboard.ts';
import { adaptDashboard, readDashboardsFor } from '../../grafana/adapt.ts';
import { type RawDashboard, rawDashboards } from '../support/dashboards.ts';
import { typed } from '../support/promql-check.ts';
import { selectorsIn } from '../support/promql-selectors.ts';

const job = { label: 'job', operator: '=~', value: 'node.*' } as const;
const adapted = readDashboardsFor({ intervalSeconds: 60, job });

function expressionsOf(board: RawDashboard): readonly string[] {
  return board.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => String(expr)));
}

test('the interval and the job of hostpulse change only the smallest steps of raw targets and "All" of the jobs', () => {
  for (const [name] of rawDashboards) {
    const text = readFileSync(join(import.meta.dirname, '..', '..', 'grafana', 'dashboards', name), 'utf8');
    const same = adaptDashboard(text, { intervalSeconds: 5, job: matcher('job', 'node') });
    const lines = (of: string): ReadonlySet<string> => new Set(of.split('\n').map((line) => line.replace(/,$/, '')));
    const added = [...lines(same)].filter((line) => !lines(text).has(line) && !line.includes('"description"'));
    expect(added.map((line) => line.trim())).toContain('"allValue": "node"');
    expect(added.filter((line) => !/"(?:allValue|interval)": "(?:node|5s)"/.test(line))).toEqual([]);
  }
});

test('every dashboard is adapted', () => {
  expect(adapted.map(({ name }) => name)).toEqual(rawDashboards.map(([name]) => name));
});

describe.each(adapted)('$name', ({ text }) => {
  const board = JSON.parse(text) as RawDashboard;

  test('nothing of the 5 s and of the job node is left', () => {
    expect(text).not.toMatch(/job=\\"node\\"|54995|five seconds|hostpulse hosts|gateway/);
    expect(text).toContain('659940'); // 10,999 steps of 60 s
    expect(board['refresh']).toBe('60s');
  });

  test('is a dashboard whose expressions are PromQL, and whose raw targets have the step of a scrape', () => {
    expect(parseDashboard(board).panels.length).toBe(board.panels.length);
    const expressions = expressionsOf(board);
    expect(expressions.length).toBeGreaterThan(5);
    for (const expression of expressions) selectorsIn(typed(expression));
    const raw = board.panels
      .flatMap(({ targets = [] }) => targets)
      .filter(({ refId }) => String(refId).endsWith('_raw'));
    expect(raw.every(({ interval }) => interval === '60s')).toBe(true);
  });

  test('"All" jobs are the jobs of node_exporter', () => {
    const variable = board.templating.list.find(({ name }) => name === 'job');
    expect(variable).toMatchObject({ allValue: 'node.*' });
    expect(JSON.stringify(variable)).toContain('up{job=~\\\\\\"node.*\\\\\\"}'.replaceAll('\\\\\\', '\\'));
  });
});

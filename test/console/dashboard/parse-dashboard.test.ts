/** Dashboards parsed from their JSON. */
import { describe, expect, test } from '@jest/globals';
import { parseDashboard, parseInterval, sectionsOf } from '../../../console/dashboard/parse-dashboard.ts';
import { dashboardOf } from '../../support/dashboards.ts';

describe('unexpected JSON is reported with its place', () => {
  const whole = { uid: 'u', title: 't', time: { from: 'now-1h', to: 'now' }, refresh: '10s', templating: { list: [] } };
  test.each([
    [{ ...whole, uid: undefined }, 'uid: expected a string, got nothing'],
    [{ ...whole, refresh: false }, 'u: refresh: expected a string, got false'],
    [{ ...whole, panels: [{ type: 'row' }] }, 'u: panel.id: expected a number, got nothing'],
    [
      { ...whole, templating: { list: [{ name: 'x', type: 'interval' }] } },
      'u: variable x.type: expected datasource, query or textbox, got interval',
    ],
    [
      { ...whole, templating: { list: [{ name: 'x', type: 'query', query: { query: 'label_values(job)' } }] } },
      'u: variable x.query.query: expected query_result(...), got label_values(job)',
    ],
  ])('%#', (json, message) => {
    expect(() => parseDashboard(json)).toThrow(message);
  });
});

test('an invalid interval is reported with its place', () => {
  expect(parseInterval('15m', 'x')).toBe(900_000);
  expect(() => parseInterval('soon', 'panel 3.interval')).toThrow(
    'panel 3.interval: expected an interval such as 30s, got "soon"',
  );
});

test('sections have their titles, and panels keep their place', () => {
  const sections = sectionsOf(dashboardOf('overview').panels);
  expect(sections.map(({ title, panels }) => [title, panels.length])).toEqual([
    [undefined, 6],
    ['Worst hosts', 4],
    ['Hosts', 2],
  ]);
  expect(sections[1]?.panels.map(({ column, row }) => [column, row])).toEqual([
    [1, 1],
    [7, 1],
    [13, 1],
    [19, 1],
  ]);
});

/** Links of tiles and of rows of alerts. */
import { describe, expect, test } from '@jest/globals';
import type { Variable } from '../../../console/dashboard/model.ts';
import { tryAlertsPath, tryTilePath } from '../../../console/panels/panel-links.ts';
import { dashboardOf } from '../../support/dashboards.ts';

const variable = dashboardOf('overview').variables.find(({ name }) => name === 'instance') as Variable;
const all = new Map([['instance', { variable, options: [], selected: 'all' as const }]]);
const two = new Map([['instance', { variable, options: [], selected: ['web-1', 'rack "A"'] }]]);

describe('the tile', () => {
  test.each([
    ['Hosts up', all, '/hosts?state=up'],
    ['Hosts down', two, '/hosts?state=down'],
    ['Critical alerts', all, '/alerts?state=firing&severity=critical'],
    ['Warnings', two, '/alerts?state=firing&severity=warning&host=web-1&host=rack%20%22A%22'],
  ])('%s of the overview', (title, selection, path) => {
    const panel = dashboardOf('overview').panels.find((each) => each.title === title);
    expect(panel).toBeDefined();
    expect(panel && tryTilePath(panel, selection)).toBe(path);
  });

  test('of another kind has no list', () => {
    expect(tryTilePath({ type: 'stat', title: 'CPU, all hosts' }, all)).toBeUndefined();
    expect(tryTilePath({ type: 'table', title: 'Hosts up' }, all)).toBeUndefined();
  });
});

test.each([
  ['Alert', { alertname: 'HostDown', instance: 'web-1' }, '/alerts?state=firing&rule=HostDown&host=web-1'],
  ['Alert', { alertname: 'TargetDown' }, '/alerts?state=firing&rule=TargetDown'],
  ['Severity', { alertname: 'HostDown', instance: 'web-1' }, undefined],
  ['Alerts', { instance: 'web-1', 'Value #B': 2 }, '/alerts?state=firing&host=web-1'],
  ['Alerts', { 'Value #B': 2 }, undefined],
  ['CPU', { instance: 'web-1' }, undefined],
])('the cell %s of %j', (heading, row, path) => expect(tryAlertsPath(heading, row)).toBe(path));

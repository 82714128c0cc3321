/** Titles of dashboards: the host where a dashboard is about one. */
import { expect, test } from '@jest/globals';
import { boardTitle, tryOneHost } from '../../../console/dashboard/board-title.ts';
import type { Variable, VariableValue } from '../../../console/dashboard/model.ts';
import { dashboardOf } from '../../support/dashboards.ts';

function selectionOf(board: string, selected: VariableValue['selected']) {
  const variable = dashboardOf(board).variables.find(({ name }) => name === 'instance') as Variable;
  return new Map([['instance', { variable, options: [], selected }]]);
}

test.each([
  ['host', ['서울 "1"'], '서울 "1"', '서울 "1"'],
  ['host', ['web-1', 'web-2', 'web-3'], 'web-1 + 2', 'web-1 + 2'],
  ['host', [], 'Host', 'hostpulse / Host'],
  ['cpu', ['web-1'], 'CPU', 'hostpulse / CPU'],
  ['cpu', 'all', 'CPU', 'hostpulse / CPU'],
] as const)('%s of %j', (board, selected, heading, document) => {
  expect(boardTitle(dashboardOf(board), selectionOf(board, selected))).toEqual({ heading, document });
});

test('the name of the dashboard until the host is known', () => {
  expect(boardTitle(dashboardOf('host'), undefined).heading).toBe('Host');
});

test('the processes of one host are shown on the dashboard of hosts alone', () => {
  const hostOf = (board: string, selected: VariableValue['selected']) =>
    tryOneHost(dashboardOf(board), selectionOf(board, selected));
  expect(hostOf('host', ['web-1'])).toBe('web-1');
  expect(hostOf('host', ['web-1', 'web-2'])).toBeUndefined();
  expect(hostOf('cpu', ['web-1'])).toBeUndefined();
  expect(tryOneHost(dashboardOf('host'), undefined)).toBeUndefined();
});

/** Lines of a chart: a host has one colour on every panel, what belongs to it has none of another host. */
import { expect, test } from '@jest/globals';
import { type ColourScheme, seriesColour } from '../../../console/charts/colours.ts';
import type { Answer } from '../../../console/dashboard/queries/answers.ts';
import { linesOf } from '../../../console/panels/lines.ts';
import { dashboardOf } from '../../support/dashboards.ts';

const scheme: ColourScheme = 'light';
const hosts = ['db-1', 'web-1', 'web-2'];

/** The panel's colours by the names of its series, for an answer with these labels. */
function coloursOf(board: string, title: string, labels: readonly Readonly<Record<string, string>>[], known = hosts) {
  const panel = dashboardOf(board).panels.find((each) => each.title === title && each.type === 'timeseries');
  if (panel === undefined) throw new Error(`no panel ${title}`);
  const answers = panel.targets.slice(0, 1).map(
    ({ refId }): Answer => ({
      kind: 'range',
      request: { kind: 'range', refId, query: '', stepMs: 1_000, isOff: false, startMs: 0, endMs: 0 },
      series: labels.map((metric) => ({ metric, column: [1] })),
    }),
  );
  const { series } = linesOf(panel, answers, { scheme, hosts: known });
  return Object.fromEntries(series.map(({ name, colour }) => [name, colour]));
}

const colour = (index: number) => seriesColour(index, scheme);

test('a host has the colour of its place among all hosts, whichever of them a panel shows', () => {
  const web = { instance: 'web-1' };
  expect(coloursOf('cpu', 'CPU usage', [{ instance: 'db-1' }, web])).toEqual({ 'db-1': colour(0), 'web-1': colour(1) });
  expect(coloursOf('memory', 'Memory usage', [web])).toEqual({ 'web-1': colour(1) });
  expect(coloursOf('network', 'TCP sockets', [{ instance: 'web-2' }, web])).toEqual({
    'web-1': colour(1),
    'web-2': colour(2),
  });
});

test('further series of a host have colours of their own', () => {
  const series = [
    { instance: 'web-1', device: 'eth0' },
    { instance: 'web-1', device: 'eth1' },
    { instance: 'web-2', device: 'eth0' },
  ];
  expect(coloursOf('network', 'Received', series)).toEqual({
    'web-1 eth0': colour(1),
    'web-1 eth1': colour(3),
    'web-2 eth0': colour(2),
  });
});

test('what one host is made of goes by its place in the panel', () => {
  const cores = ['0', '1'].map((cpu) => ({ instance: 'web-2', cpu }));
  expect(coloursOf('host', 'Cores', cores)).toEqual({ 'CPU 0': colour(0), 'CPU 1': colour(1) });
});

test('as long as hosts are unknown, so do theirs', () => {
  expect(coloursOf('cpu', 'CPU usage', [{ instance: 'web-1' }, { instance: 'web-2' }], [])).toEqual({
    'web-1': colour(0),
    'web-2': colour(1),
  });
});

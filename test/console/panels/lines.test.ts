/** Colours of lines: a host has the same colour on every panel. */
import { expect, test } from '@jest/globals';
import { type ColourScheme, seriesColour } from '../../../console/charts/colours.ts';
import type { Answer } from '../../../console/dashboard/queries/panel-queries.ts';
import { linesOf } from '../../../console/panels/lines.ts';
import { dashboardOf } from '../../support/dashboards.ts';

const scheme: ColourScheme = 'light';
const hosts = ['db-1', 'web-1', 'web-2'];

/** Returns the colours of the panel's series by name, for an answer with these labels. */
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

test('a host has the same colour on panels with other hosts', () => {
  const web = { instance: 'web-1' };
  expect(coloursOf('cpu', 'CPU usage', [{ instance: 'db-1' }, web])).toEqual({ 'db-1': colour(0), 'web-1': colour(1) });
  expect(coloursOf('memory', 'Memory usage', [web])).toEqual({ 'web-1': colour(1) });
  expect(coloursOf('network', 'TCP sockets', [{ instance: 'web-2' }, web])).toEqual({
    'web-1': colour(1),
    'web-2': colour(2),
  });
});

test('further series of a host have colours that no host has', () => {
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

test('series of a panel of one host have the palette in order', () => {
  const cores = ['0', '1'].map((cpu) => ({ instance: 'web-2', cpu }));
  expect(coloursOf('host', 'Cores', cores)).toEqual({ 'CPU 0': colour(0), 'CPU 1': colour(1) });
});

test('without known hosts, too', () => {
  expect(coloursOf('cpu', 'CPU usage', [{ instance: 'web-1' }, { instance: 'web-2' }], [])).toEqual({
    'web-1': colour(0),
    'web-2': colour(1),
  });
});

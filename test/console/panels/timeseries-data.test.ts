/** Colours of lines: a host has the same colour on every panel, and no other host has it. */
import { expect, test } from '@jest/globals';
import type { Answer } from '../../../console/dashboard/queries/panel-queries.ts';
import { type ColourScheme, createHostColours, seriesColour } from '../../../console/format/colours.ts';
import { linesOf } from '../../../console/panels/timeseries-data.ts';
import { dashboardOf } from '../../support/dashboards.ts';

const scheme: ColourScheme = 'light';
const { slotsOf } = createHostColours(undefined);

/** Returns the lines of the panel for an answer with these labels. */
function linesFor(board: string, title: string, labels: readonly Readonly<Record<string, string>>[], target = 0) {
  const panel = dashboardOf(board).panels.find((each) => each.title === title && each.type === 'timeseries');
  if (panel === undefined) throw new Error(`no panel ${title}`);
  const answers = panel.targets.slice(target, target + 1).map(
    ({ refId }): Answer => ({
      kind: 'range',
      request: { kind: 'range', refId, query: '', stepMs: 1_000, isOff: false, startMs: 0, endMs: 0 },
      series: labels.map((metric) => ({ metric, column: [1] })),
    }),
  );
  return linesOf(panel, answers, { scheme, slotsOf }).series;
}

function coloursOf(board: string, title: string, labels: readonly Readonly<Record<string, string>>[]) {
  return Object.fromEntries(linesFor(board, title, labels).map(({ name, colour: own }) => [name, own]));
}

const colour = (index: number) => seriesColour(index, scheme);
const hosts = Array.from({ length: 60 }, (_, index) => ({
  instance: index < 30 ? `web-${index}` : `h${index}.example`,
}));

test('a host has the same colour on panels with other hosts', () => {
  const all = coloursOf('cpu', 'CPU usage', hosts);
  expect(Object.keys(all)).toHaveLength(60);
  expect(new Set(Object.values(all)).size).toBe(60);
  for (const host of hosts.slice(28, 32))
    expect(coloursOf('memory', 'Memory usage', [{ instance: 'new' }, host])[host.instance]).toBe(all[host.instance]);
});

test('further series of a host have colours that no host has', () => {
  const all = Object.values(coloursOf('cpu', 'CPU usage', hosts));
  const series = [
    { instance: 'web-1', device: 'eth0' },
    { instance: 'web-1', device: 'eth1' },
    { instance: 'web-2', device: 'eth0' },
  ];
  const found = coloursOf('network', 'Received', series);
  const own = coloursOf('cpu', 'CPU usage', [{ instance: 'web-1' }, { instance: 'web-2' }]);
  expect([found['web-1 eth0'], found['web-2 eth0']]).toEqual([own['web-1'], own['web-2']]);
  expect(all).not.toContain(found['web-1 eth1']);
});

test('series of a panel of one host have the palette in order', () => {
  const cores = ['0', '1'].map((cpu) => ({ instance: 'web-2', cpu }));
  expect(coloursOf('host', 'Cores', cores)).toEqual({ 'CPU 0': colour(0), 'CPU 1': colour(1) });
});

test('peaks have the colour of their line', () => {
  const panel = dashboardOf('cpu').panels.find(({ title }) => title === 'CPU usage');
  const peak = panel?.targets.findIndex(({ legend }) => legend.endsWith(' peak')) ?? -1;
  expect(peak).toBeGreaterThan(0);
  const [alone] = linesFor('cpu', 'CPU usage', [{ instance: 'web-1' }], peak);
  expect([alone?.name, alone?.owner]).toEqual(['web-1 peak', 'web-1 peak']);
});

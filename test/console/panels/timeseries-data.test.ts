/** Colours of lines: a host has the same colour on every panel, and no other host has it. The exact start of the data. */
import { describe, expect, test } from '@jest/globals';
import type { Answer } from '../../../console/dashboard/queries/panel-queries.ts';
import { predictSelection } from '../../../console/dashboard/queries/variables.ts';
import { type ColourScheme, createHostColours, seriesColour } from '../../../console/format/colours.ts';
import { linesOf, startRequests, tryCoarseStart, tryExactStart } from '../../../console/panels/timeseries-data.ts';
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

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const nowMs = Date.parse('2026-11-29T12:00:00Z');

function startAnswer(startMs: number, stepMs: number, ...columns: readonly (number | null)[][]): Answer {
  const request = { kind: 'range', refId: 'A', query: '', stepMs, isOff: false, startMs, endMs: startMs } as const;
  return { kind: 'range', request, series: columns.map((column) => ({ metric: {}, column })) };
}

describe('the coarse start', () => {
  test('is the earliest point of all series', () => {
    const answers = [
      startAnswer(0, hourMs, [null, null, null, 1], [null, null, 0, 1]),
      startAnswer(0, hourMs, [null, null, null]),
    ];
    expect(tryCoarseStart(answers)).toEqual({ timeMs: 2 * hourMs, stepMs: hourMs });
  });

  test.each([
    ['points every 5 s', [startAnswer(0, 5_000, [null, 1])]],
    ['no point', [startAnswer(0, hourMs, [null, null])]],
    ['no series', [startAnswer(0, hourMs)]],
    ['no answer', []],
  ])('needs no query for %s', (_, answers) => expect(tryCoarseStart(answers)).toBeUndefined());
});

describe('the exact start', () => {
  const panel = dashboardOf('cpu').panels.find(({ title }) => title === 'CPU usage');
  if (panel === undefined) throw new Error('no panel CPU usage');

  test.each([
    [30 * dayMs, 2 * hourMs, 'raw', 30_000],
    [7 * dayMs, 30 * minuteMs, 'raw', 5_000],
    [30 * dayMs, 3 * dayMs, '1m', minuteMs],
    [30 * dayMs, 20 * dayMs, '5m', 5 * minuteMs],
  ])(
    'of a range of %d ms with data since %d ms is read from the tier %3$s',
    async (rangeMs, ageMs, tier, maxStepMs) => {
      const range = { fromMs: nowMs - rangeMs, toMs: nowMs };
      const selection = await predictSelection(dashboardOf('cpu'), { requested: new Map(), range, nowMs });
      if (selection === undefined) throw new Error('expected values of all variables');
      const stepMs = rangeMs > 7 * dayMs ? hourMs : 15 * minuteMs;
      const first = { timeMs: nowMs - ageMs, stepMs };
      const requests = startRequests(panel, { first, selection, nowMs });
      expect(requests.length).toBeGreaterThan(0);
      for (const request of requests) {
        expect(request.refId.startsWith(`A_${tier}`)).toBe(true);
        expect(request.query).toMatch(/^count\(.*\)$/s);
        if (request.kind !== 'range') throw new Error('expected range queries');
        expect(request.stepMs).toBeLessThanOrEqual(maxStepMs);
        expect(request.startMs).toBeLessThan(first.timeMs - stepMs);
        expect(request.endMs).toBeGreaterThan(Math.min(first.timeMs + stepMs, nowMs) - maxStepMs - 1);
      }
    },
  );

  test('is the first point of the answers', () => {
    expect(tryExactStart([startAnswer(1_000, 5_000, [null, null, 3])])).toBe(11_000);
    expect(tryExactStart([startAnswer(1_000, 5_000)])).toBeUndefined();
  });
});

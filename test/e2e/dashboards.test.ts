/** Every query of every dashboard on a real Prometheus with 30 days of 20 hosts, at each quick range. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chooseTier } from '../../common/catalogue/tier-choice.ts';
import { quickRanges, tierOff } from '../../common/dashboard/conventions.ts';
import type { Selection, TimeRange } from '../../console/dashboard/model.ts';
import { annotationRequest, marksOf } from '../../console/dashboard/queries/marks.ts';
import { rangeOf } from '../../console/dashboard/view-state.ts';
import { dashboardOf, dashboards } from '../support/dashboards.ts';
import {
  alertBeganMs,
  alertFiredMs,
  diedMs,
  dyingHost,
  fleetHosts,
  silentMs,
  wholeHost,
} from '../support/fleet-month.ts';
import { type Fleet, startFleet } from '../support/fleet-queries.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { answerOf, dataOf, eachOf, evaluate, requestsOf } from '../support/panel-answers.ts';
import { writeSeries } from '../support/raw-series.ts';

const [overview, host] = [dashboardOf('overview'), dashboardOf('host')];

let fleet: Fleet;
let gateway: RunningGateway;
let readKey: string;

beforeAll(async () => {
  fleet = await startFleet({ isFull: false });
  gateway = await startGateway({ prometheusUrl: fleet.url });
  readKey = await gateway.createKey({ scopes: ['read'] });
}, 180_000);

afterAll(async () => {
  await gateway.stop();
  await fleet.stop();
}, 60_000);

function last(from: string): TimeRange {
  return rangeOf({ from, to: 'now' }, fleet.endMs);
}

function tierOf(selection: Selection): readonly string[] {
  return ['raw', '1m', '5m'].filter((tier) => selection.get(`tier_${tier}`)?.selected[0] !== tierOff);
}

/** The inputs of the API's rule for the tier. */
function apiTier({ fromMs, toMs }: TimeRange): string {
  const choice = chooseTier({ startMs: fromMs, endMs: toMs, nowMs: fleet.endMs });
  if (!choice.ok) throw new Error(choice.message);
  return choice.tier.name;
}

describe.each(quickRanges)('$label', ({ from }) => {
  test.each(dashboards.map((dashboard) => [dashboard.uid, dashboard] as const))(
    '%s: no query is empty, slow or too long',
    async (uid, dashboard) => {
      const range = last(from);
      const selection = await evaluate(fleet.url, dashboard, range);
      expect(selection.get('instance')?.options).toEqual(fleetHosts);
      expect(tierOf(selection)).toEqual([apiTier(range)]);
      const { asked, faults } = await fleet.check(dashboard, range, selection);
      expect([uid, asked >= 7]).toEqual([uid, true]);
      expect(faults).toEqual([]);
    },
  );
});

describe.each(quickRanges)('$label, with the gateway as the data source', ({ from }) => {
  test.each(dashboards.map((dashboard) => [dashboard.uid, dashboard] as const))(
    "%s: each query has Prometheus' own answer",
    async (_, dashboard) => {
      const range = last(from);
      const asked = requestsOf(dashboard, range, await evaluate(fleet.url, dashboard, range));
      expect(asked.length).toBeGreaterThanOrEqual(7);
      const authorization = `Bearer ${readKey}`;
      const others = await eachOf(asked, async ({ name, request }) => {
        const [direct, through] = await Promise.all([
          dataOf(fleet.url, request, {}),
          dataOf(gateway.url, request, { authorization }),
        ]);
        return JSON.stringify(through) === JSON.stringify(direct) ? [] : [name];
      });
      expect(others.flat()).toEqual([]);
    },
  );
});

const hourMs = 3_600_000;

test.each([
  [1, 1],
  [15, 0],
  [16, 0],
  [23, 22],
  [30, 29],
  [47, 24],
  [167, 160],
  [169, 168],
  [400, 399],
  [700, 0],
])('from %d h ago to %d h ago the tier is the one that the API chooses', async (fromHours, toHours) => {
  const range = { fromMs: fleet.endMs - fromHours * hourMs - 1_000, toMs: fleet.endMs - toHours * hourMs };
  expect(tierOf(await evaluate(fleet.url, overview, range))).toEqual([apiTier(range)]);
});

test('the system of a host is one row', async () => {
  const range = last('now-1h');
  const selection = await evaluate(fleet.url, host, range, { instance: [wholeHost] });
  const [table] = requestsOf(host, range, selection).filter(({ name }) => name.endsWith('System A'));
  if (table === undefined) throw new Error('no table of the system');
  const { series } = await answerOf(fleet.url, table.request);
  expect(series.map(({ metric }) => metric)).toEqual([
    { nodename: wholeHost, pretty_name: 'Debian GNU/Linux 12', release: '6.1.0', machine: 'x86_64' },
  ]);
});

describe('a host that stops sending', () => {
  test('leaves a gap within 30 s for the time without samples', async () => {
    const range = last('now-1h');
    const selection = await evaluate(fleet.url, host, range, { instance: [dyingHost] });
    const lines = requestsOf(host, range, selection).filter(({ type }) => type === 'timeseries');
    expect(lines.length).toBeGreaterThan(20);
    const graceMs = 30_000;
    for (const { name, request } of lines) {
      const { series } = await answerOf(fleet.url, request);
      expect([name, series.length > 0]).toEqual([name, true]);
      for (const { values } of series) {
        const times = values.map(([seconds]) => seconds * 1_000 - fleet.endMs);
        const shownIn = (fromMs: number, toMs: number): boolean => times.some((each) => each > fromMs && each <= toMs);
        expect([name, 'before', shownIn(silentMs.from - graceMs, silentMs.from)]).toEqual([name, 'before', true]);
        expect([name, 'gap', shownIn(silentMs.from + graceMs, silentMs.to)]).toEqual([name, 'gap', false]);
        expect([name, 'back', shownIn(silentMs.to, silentMs.to + graceMs)]).toEqual([name, 'back', true]);
        expect([name, 'dead', shownIn(diedMs + graceMs, 0)]).toEqual([name, 'dead', false]);
      }
    }
  });

  test('is down in the table of hosts, without values', async () => {
    const range = last('now-1h');
    const selection = await evaluate(fleet.url, overview, range);
    const columns = requestsOf(overview, range, selection).filter(({ name }) => / Hosts [A-H]$/.test(name));
    expect(columns).toHaveLength(8);
    const rows = await eachOf(columns, async ({ request }) => {
      const { series } = await answerOf(fleet.url, request);
      return new Map(series.map(({ metric, values }) => [metric['instance'], Number(values[0]?.[1])]));
    });
    const [state, alerts, ...rest] = rows as [Map<string, number>, ...Map<string, number>[]];
    expect(state.get(dyingHost)).toBe(0);
    expect(state.get(wholeHost)).toBe(1);
    expect(alerts).toEqual(new Map(fleetHosts.map((each) => [each, each === wholeHost ? 1 : 0])));
    for (const column of rest) expect([column.has(dyingHost), column.size]).toEqual([false, fleetHosts.length - 1]);
  });
});

/** Name, time of the mark, and tolerance of each alert. */
async function marksIn(range: TimeRange) {
  const selection = await evaluate(fleet.url, overview, range);
  const [annotation] = overview.annotations as [(typeof overview.annotations)[number]];
  const request = annotationRequest(annotation, { range, selection });
  const { series } = await answerOf(fleet.url, request);
  const starts = series.map(({ metric, values }) => ({ metric, column: values.map(([, value]) => Number(value)) }));
  return { marks: marksOf(annotation, starts), stepMs: request.stepMs };
}

describe.each(quickRanges)('$label', ({ from }) => {
  test('an alert is marked once, where it began to fire, to a hundredth of the range', async () => {
    const range = last(from);
    const { marks, stepMs } = await marksIn(range);
    const fired = fleet.endMs + alertFiredMs;
    const began = fleet.endMs + alertBeganMs;
    const shown = marks
      .toSorted((left, right) => left.title.localeCompare(right.title))
      .map(({ title, text, tags }) => [title, text.trim(), tags]);
    if (range.fromMs > fired) return expect(shown).toEqual([]);
    expect(shown).toEqual([
      ['CpuUsageHigh', wholeHost, ['warning']],
      ['LivenessNotWritten', '', ['critical']],
    ]);
    // The rule of the second alert has no `for`; its first sample arrives within 15 s.
    for (const [name, earliest, latest] of [
      ['CpuUsageHigh', Math.max(fired - stepMs, began), fired + 15_000],
      ['LivenessNotWritten', began, began + 15_000],
    ] as const) {
      const at = marks.find(({ title }) => title === name)?.timeMs ?? 0;
      expect([name, at >= earliest, at <= latest]).toEqual([name, true, true]);
    }
  });
});

test('an alert that fires twice is marked twice, and not where it was only pending', async () => {
  const minutes = (count: number): number => fleet.endMs + count * 60_000;
  const labels = { alertname: 'Twice', severity: 'warning', job: 'node', instance: wholeHost };
  const at = (fromMinutes: number, toMinutes: number) =>
    Array.from({ length: (toMinutes - fromMinutes) * 4 }, (_, index) => minutes(fromMinutes) + index * 15_000);
  const began = [minutes(-50), minutes(-20), minutes(-8)] as const;
  const points = (times: readonly number[], value: number) => times.map((timeMs) => [timeMs, value] as const);
  await writeSeries(fleet.url, [
    {
      labels: { __name__: 'ALERTS', ...labels, alertstate: 'firing' },
      points: points([...at(-48, -40), ...at(-18, -12)], 1),
    },
    {
      labels: { __name__: 'ALERTS_FOR_STATE', ...labels },
      points: [
        ...points(at(-50, -40), began[0] / 1_000),
        ...points(at(-20, -12), began[1] / 1_000),
        ...points(at(-8, -6), began[2] / 1_000),
      ],
    },
  ]);
  const { marks, stepMs } = await marksIn(last('now-1h'));
  expect(stepMs).toBe(30_000);
  const times = marks.filter(({ title }) => title === 'Twice').map(({ timeMs }) => (timeMs - fleet.endMs) / 60_000);
  expect(times).toEqual([-48.5, -18.5]);
});

test.each([
  [undefined, ['CpuUsageHigh', 'LivenessNotWritten']],
  [[wholeHost], ['CpuUsageHigh', 'LivenessNotWritten']],
  [[dyingHost], ['LivenessNotWritten']],
] as const)('alerts of %j, and those of no host, are in the table', async (hosts, names) => {
  const range = last('now-1h');
  const selection = await evaluate(fleet.url, overview, range, hosts === undefined ? {} : { instance: hosts });
  const [table] = requestsOf(overview, range, selection).filter(({ name }) => name.endsWith('Firing alerts A'));
  if (table === undefined) throw new Error('no table of alerts');
  const { series } = await answerOf(fleet.url, table.request);
  expect(new Set(series.map(({ metric }) => metric['alertname']))).toEqual(new Set(names));
});

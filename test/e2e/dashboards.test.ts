/** Every query of every dashboard put to a real Prometheus: 30 days of 20 hosts, at each quick range. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chooseTier, maxPointsPerSeries } from '../../common/catalogue/tier-choice.ts';
import type { TimeRange } from '../../common/dashboard/interval.ts';
import { marksOf } from '../../common/dashboard/legend.ts';
import { quickRanges, resolveRange } from '../../common/dashboard/range.ts';
import { annotationRequest } from '../../common/dashboard/requests.ts';
import { type Selection, tierOff } from '../../common/dashboard/selection.ts';
import { dashboards } from '../support/dashboards.ts';
import {
  alertBeganMs,
  diedMs,
  dyingHost,
  fleetHosts,
  silentMs,
  wholeHost,
  writeFleetMonth,
} from '../support/fleet-month.ts';
import { type AskedPanel, answerOf, countSeries, eachOf, evaluate, requestsOf } from '../support/panel-answers.ts';
import { freePort } from '../support/process.ts';
import { createPrometheus, type TestPrometheus } from '../support/prometheus.ts';
import { selectorsIn } from '../support/promql-selectors.ts';

const folder = mkdtempSync(join(tmpdir(), 'dashboards-'));
const endMs = Math.floor(Date.now() / 300_000) * 300_000;
const [overview, host] = ['overview', 'host'].map((name) => {
  const found = dashboards.find(({ uid }) => uid === `hostpulse-${name}`);
  if (found === undefined) throw new Error(`no dashboard ${name}`);
  return found;
}) as [(typeof dashboards)[number], (typeof dashboards)[number]];

let prometheus: TestPrometheus;

beforeAll(async () => {
  const flags = ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=40d'];
  prometheus = createPrometheus({ port: await freePort(), folder, config: {}, flags });
  await prometheus.start();
  await writeFleetMonth(prometheus.url, endMs);
}, 180_000);

afterAll(async () => {
  await prometheus.stop('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

function tierOf(selection: Selection): readonly string[] {
  return ['raw', '1m', '5m'].filter((tier) => selection.get(`tier_${tier}`)?.selected[0] !== tierOff);
}

/** The fields that the API's rule needs. */
function apiTier({ fromMs, toMs }: TimeRange): string {
  const choice = chooseTier({ startMs: fromMs, endMs: toMs, nowMs: endMs });
  if (!choice.ok) throw new Error(choice.message);
  return choice.tier.name;
}

/** What is wrong with an answer, in words; nothing for a good one. */
async function faultsOf({ name, type, request }: AskedPanel, range: TimeRange): Promise<readonly string[]> {
  const { series, samplesRead } = await answerOf(prometheus.url, request);
  const faults: string[] = [];
  if (series.length === 0) faults.push('empty');
  const points = request.kind === 'range' ? (request.endMs - request.startMs) / request.stepMs + 1 : 1;
  if (points > maxPointsPerSeries) faults.push(`${points} points a series`);
  const read = await eachOf(selectorsIn(request.query), ({ text }) => countSeries(prometheus.url, text, range));
  const mayRead = maxPointsPerSeries * read.reduce((sum, count) => sum + count, 0);
  if (samplesRead > mayRead) faults.push(`reads ${samplesRead} samples, of ${mayRead} that it may`);
  if (type === 'timeseries') {
    const whole = series.filter(({ metric }) => metric['instance'] === wholeHost);
    if (whole.length === 0) faults.push(`nothing of ${wholeHost}`);
    for (const { values } of whole) if (values.length !== points) faults.push(`${values.length} of ${points} points`);
  }
  return faults.map((fault) => `${name}: ${fault}`);
}

describe.each(quickRanges)('$label', ({ from }) => {
  const range = resolveRange(from, 'now', endMs);

  test.each(dashboards.map((dashboard) => [dashboard.uid, dashboard] as const))(
    '%s: no query is empty, slow or too long',
    async (uid, dashboard) => {
      const selection = await evaluate(prometheus.url, dashboard, range);
      expect(selection.get('instance')?.options).toEqual(fleetHosts);
      expect(tierOf(selection)).toEqual([apiTier(range)]);
      const asked = requestsOf(dashboard, range, selection);
      expect([uid, asked.length >= 7]).toEqual([uid, true]);
      expect((await eachOf(asked, (each) => faultsOf(each, range))).flat()).toEqual([]);
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
  const range = { fromMs: endMs - fromHours * hourMs - 1_000, toMs: endMs - toHours * hourMs };
  expect(tierOf(await evaluate(prometheus.url, overview, range))).toEqual([apiTier(range)]);
});

describe('a host that falls silent', () => {
  const range = resolveRange('now-1h', 'now', endMs);

  test('leaves a gap within 30 s, for as long as it is silent', async () => {
    const selection = await evaluate(prometheus.url, host, range, { instance: [dyingHost] });
    const lines = requestsOf(host, range, selection).filter(({ type }) => type === 'timeseries');
    expect(lines.length).toBeGreaterThan(20);
    const graceMs = 30_000;
    for (const { name, request } of lines) {
      const { series } = await answerOf(prometheus.url, request);
      expect([name, series.length > 0]).toEqual([name, true]);
      for (const { values } of series) {
        const times = values.map(([seconds]) => seconds * 1_000 - endMs);
        const shownIn = (fromMs: number, toMs: number): boolean => times.some((each) => each > fromMs && each <= toMs);
        expect([name, 'before', shownIn(silentMs.from - graceMs, silentMs.from)]).toEqual([name, 'before', true]);
        expect([name, 'gap', shownIn(silentMs.from + graceMs, silentMs.to)]).toEqual([name, 'gap', false]);
        expect([name, 'back', shownIn(silentMs.to, silentMs.to + graceMs)]).toEqual([name, 'back', true]);
        expect([name, 'dead', shownIn(diedMs + graceMs, 0)]).toEqual([name, 'dead', false]);
      }
    }
  });

  test('is down in the table of hosts, without values of its last minutes', async () => {
    const selection = await evaluate(prometheus.url, overview, range);
    const columns = requestsOf(overview, range, selection).filter(({ name }) => / Hosts [A-H]$/.test(name));
    expect(columns).toHaveLength(8);
    const rows = await eachOf(columns, async ({ request }) => {
      const { series } = await answerOf(prometheus.url, request);
      return new Map(series.map(({ metric, values }) => [metric['instance'], Number(values[0]?.[1])]));
    });
    const [state, alerts, ...rest] = rows as [Map<string, number>, ...Map<string, number>[]];
    expect(state.get(dyingHost)).toBe(0);
    expect(state.get(wholeHost)).toBe(1);
    expect(alerts).toEqual(new Map([[wholeHost, 1]]));
    for (const column of rest) expect([column.has(dyingHost), column.size]).toEqual([false, fleetHosts.length - 1]);
  });
});

test.each(quickRanges)('$label: an alert is marked where it began, once', async ({ from }) => {
  const range = resolveRange(from, 'now', endMs);
  const selection = await evaluate(prometheus.url, overview, range);
  const [annotation] = overview.annotations as [(typeof overview.annotations)[number]];
  const { series } = await answerOf(prometheus.url, annotationRequest(annotation, { range, selection }));
  expect(marksOf(annotation, series)).toEqual([
    {
      timeMs: endMs + alertBeganMs,
      title: 'CpuUsageHigh',
      text: expect.stringContaining(wholeHost),
      tags: ['warning'],
    },
  ]);
});

/** The retention job on a month of data in a real Prometheus, while samples arrive and queries run. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { metrics } from '../../common/catalogue/metrics.ts';
import { historyExpression, matcher } from '../../common/catalogue/promql.ts';
import { createLog } from '../../common/program/log.ts';
import { queryInstant, queryRange, queryRaw } from '../../common/prometheus/query.ts';
import { claimLease, releaseLease } from '../../common/store/leases.ts';
import { tryPrometheusVersion } from '../../ingest-gateway/prometheus/build-info.ts';
import { decideCleaning } from '../../ingest-gateway/rollups/retention/clean-guard.ts';
import { createRetention } from '../../ingest-gateway/rollups/retention/retention.ts';
import { tryTierTime } from '../../ingest-gateway/rollups/tier/tier-store.ts';
import { eventually } from '../support/eventually.ts';
import { startGateway } from '../support/gateway.ts';
import { awaitBlocks, dayMs, hourMs, monthHosts, writeMonth } from '../support/month.ts';
import { writeSeries } from '../support/raw-series.ts';
import { startTierHarness, type TierHarness } from '../support/tier-harness.ts';

const nowMs = Date.now();
const utcMidnightMs = Math.floor(nowMs / dayMs) * dayMs;
/** Part of a day that is old enough for the deletion of raw samples, and recent enough to be kept when it is not covered. */
const hole = { host: 'web-2', fromMs: utcMidnightMs - 1.5 * dayMs, toMs: utcMidnightMs - 1.5 * dayMs + hourMs };
const periods = { rawMs: dayMs, minuteMs: 7 * dayMs, lateMs: 0 };
let harness: TierHarness;

beforeAll(async () => {
  harness = await startTierHarness({
    periods,
    now: () => nowMs,
    flags: ['--storage.tsdb.min-block-duration=12h', '--storage.tsdb.max-block-duration=36h'],
  });
  await writeMonth({ url: harness.prometheus.url, endMs: nowMs, hole });
  await awaitBlocks(harness.prometheus.url, 12 * hourMs);
}, 120_000);

afterAll(() => harness.stop());

/** Returns the time of the oldest sample of a series within the month. */
async function oldest(selector: string): Promise<number> {
  const found: number[] = [];
  for (let endMs = nowMs; endMs > nowMs - 32 * dayMs; endMs -= 8 * dayMs) {
    const series = await queryRaw(harness.connection, { selector, startMs: endMs - 8 * dayMs, endMs });
    found.push(...series.flatMap(({ points }) => points.slice(0, 1).map(([timeMs]) => timeMs)));
  }
  return Math.min(...found);
}

test('a dry run changes nothing; a run cuts each tier to its retention and deletes nothing else', async () => {
  const foreign = ['shop_orders_total', 'ALERTS', 'node_entropy_available_bits'];
  const countForeign = async () =>
    Promise.all(
      foreign.map(async (name) => {
        const [count] = await queryInstant(harness.connection, {
          expression: `sum(count_over_time(${name}[40d]))`,
          timeMs: nowMs,
        });
        return count?.value;
      }),
    );
  const before = await countForeign();
  expect(before.every((count) => (count ?? 0) > 40_000)).toBe(true);

  const look = await harness.nightly.prune({ mode: 'look' });
  expect(await countForeign()).toEqual(before);
  expect(await oldest('node_load1')).toBeLessThan(nowMs - 30.9 * dayMs);
  expect(new Set(look.days.map(({ fate }) => fate))).toEqual(new Set(['deleted', 'kept']));

  let isRunning = true;
  const gaps: number[] = [];
  const meanwhile = (async () => {
    for (let last = performance.now(), count = 1; isRunning; count += 1) {
      const timeMs = nowMs + count;
      const labels = { __name__: 'node_load1', job: 'node', instance: 'live' };
      await writeSeries(harness.prometheus.url, [{ labels, points: [[timeMs, 1]] }]);
      const answer = await queryInstant(harness.connection, { expression: 'node_load1{instance="live"}', timeMs });
      expect(answer).toHaveLength(1);
      gaps.push(performance.now() - last);
      last = performance.now();
      await sleep(50);
    }
  })();
  const report = await harness.nightly.prune({ mode: 'delete' });
  isRunning = false;
  await meanwhile;
  expect(gaps.length).toBeGreaterThan(5);

  const kept = report.days.filter(({ fate }) => fate !== 'deleted');
  expect(kept).toMatchObject([{ tier: 'raw', host: 'web-2', fate: 'kept', reason: expect.stringMatching(/missing/) }]);
  expect(harness.log()).toMatch(/host=web-2.*not deleted \(kept\)/);
  const [keptDay] = kept;
  expect(await oldest('node_load1{instance="web-1"}')).toBeGreaterThanOrEqual(nowMs - dayMs);
  expect(await oldest('node_network_receive_bytes_total{instance="web-1"}')).toBeGreaterThanOrEqual(nowMs - dayMs);
  expect(await oldest('node_load1{instance="web-2"}')).toBeGreaterThanOrEqual(keptDay?.startMs ?? Infinity);
  for (const host of monthHosts) {
    const minute = await oldest(`instance:cpu_load_average_1m:avg1m{instance="${host}"}`);
    expect(minute).toBeGreaterThanOrEqual(nowMs - 7 * dayMs);
    expect(minute).toBeLessThan(nowMs - 7 * dayMs + 60_000);
    expect(await oldest(`instance:cpu_load_average_1m:avg5m{instance="${host}"}`)).toBeLessThan(nowMs - 30.9 * dayMs);
  }
  expect(await countForeign()).toEqual(before);
  const { bytesBefore = 0, bytesAfter = Infinity } = report;
  // A version that cannot clean safely keeps the space until its next compaction, and the log says so.
  if (decideCleaning(await tryPrometheusVersion(harness.connection)).kind === 'clean') {
    expect(report.cleaning).toEqual({ kind: 'done' });
    expect(bytesAfter).toBeLessThan(0.75 * bytesBefore);
  } else {
    expect(report.cleaning).toMatchObject({ kind: 'skipped', reason: expect.stringContaining('upgrade Prometheus') });
    expect(harness.log()).toContain('tombstones not cleaned');
  }
  process.stdout.write(`blocks: ${bytesBefore} bytes before, ${bytesAfter} after, ${report.durationMs} ms\n`);
  expect(await tryTierTime(harness.store.db, 'last_success')).toBe(nowMs);
  expect(await tryTierTime(harness.store.db, 'raw_deleted_until')).toBe(nowMs - dayMs);

  // A second run finds only the day that it must keep.
  const again = await harness.nightly.prune({ mode: 'delete' });
  expect(again.days).toMatchObject([{ host: 'web-2', fate: 'kept' }]);
}, 180_000);

test('a run fails at once while another run holds the lease', async () => {
  const claim = { name: 'retention', holder: 'another', lifetimeMs: 60_000, nowMs: Date.now() };
  expect(await claimLease(harness.store.db, claim)).toBe(true);
  await expect(harness.nightly.prune({ mode: 'delete' })).rejects.toThrow(
    'another run of the retention job is in progress',
  );
  await releaseLease(harness.store.db, claim);
  const outcomes = await Promise.allSettled([
    harness.nightly.prune({ mode: 'look' }),
    harness.nightly.prune({ mode: 'look' }),
  ]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
}, 60_000);

test('history comes complete from the tier that covers it, without changing points or exceeded limits', async () => {
  const gateway = await startGateway({ prometheusUrl: harness.prometheus.url });
  try {
    const ask = async (query: string) => {
      const path = `/api/v1/metrics/history?metric=cpu.load.average.1m&host=web-1&${query}`;
      const response = await gateway.get(path);
      const answer = (await response.json()) as {
        resolution: string;
        step_seconds: number;
        series: { points: [number, number][] }[];
      };
      const instants = answer.series[0]?.points.map(([timeMs]) => timeMs) ?? [];
      const gaps = new Set(instants.slice(1).map((timeMs, at) => timeMs - (instants[at] ?? 0)));
      return { status: response.status, resolution: answer.resolution, count: instants.length, gaps: [...gaps] };
    };
    const hourOfThreeDaysAgo = `start=${nowMs - 3 * dayMs}&end=${nowMs - 3 * dayMs + hourMs}`;
    expect(await ask(hourOfThreeDaysAgo)).toEqual({ status: 200, resolution: '1m', count: 61, gaps: [60_000] });
    expect(await ask(`start=${nowMs - 6 * dayMs}&end=${nowMs}`)).toEqual({
      status: 200,
      resolution: '1m',
      count: 6 * 1_440 + 1,
      gaps: [60_000],
    });
    const month = await ask(`start=${nowMs - 30 * dayMs}&end=${nowMs}`);
    expect(month).toEqual({ status: 200, resolution: '5m', count: 30 * 288 + 1, gaps: [300_000] });
  } finally {
    await gateway.stop();
  }
  const [metric] = metrics.filter(({ name }) => name === 'cpu.load.average.1m');
  if (metric === undefined) throw new Error('the catalogue has no load');
  for (const phaseMs of [0, 1_000, 111_000, 111_001, 299_999]) {
    for (const stepMs of [7_000, 60_000, 300_000]) {
      const matchers = [matcher('instance', 'web-1')];
      const expression = historyExpression(metric, '5m', { stepMs, matchers });
      const range = {
        startMs: nowMs - 20 * dayMs + phaseMs,
        endMs: nowMs - 20 * dayMs + phaseMs + 12 * hourMs,
        stepMs,
      };
      const [series] = await queryRange(harness.connection, { expression, ...range });
      expect({ phaseMs, stepMs, count: series?.points.length }).toEqual({
        phaseMs,
        stepMs,
        count: Math.floor((12 * hourMs) / stepMs) + 1,
      });
    }
  }
}, 60_000);

test('the gateway runs on schedule, and reports in metrics and log', async () => {
  const gateway = await startGateway({ prometheusUrl: harness.prometheus.url, retentionSchedule: '* * * * * *' });
  try {
    const text = await eventually({ what: 'a run on schedule', limitMs: 120_000, pollMs: 500 }, async () => {
      const page = await (await gateway.get('/metrics')).text();
      return /^hostpulse_gateway_retention_runs_total\{outcome="ok"\} [1-9]/m.test(page) ? page : undefined;
    });
    const value = (sample: string): number => {
      const line = text.split('\n').find((each) => each.startsWith(`hostpulse_gateway_${sample} `));
      return Number(line?.split(' ')[1] ?? Number.NaN);
    };
    expect(value('retention_last_success_timestamp_seconds') * 1_000).toBeGreaterThan(nowMs);
    for (const moment of ['before', 'after'])
      expect(value(`retention_last_run_bytes{moment="${moment}"}`)).toBeGreaterThan(100_000);
    expect(value('retention_last_run_duration_seconds')).toBeGreaterThan(0);
    expect(value('retention_last_run_days{fate="kept"}')).toBe(1);
    for (const tier of ['1m', '5m']) {
      expect(value(`repair_windows_pending{tier="${tier}"}`)).toBe(0);
      // The missing hour is too old to be added, and no point of it is.
      expect(value(`repair_points_total{tier="${tier}"}`)).toBeGreaterThanOrEqual(0);
    }
    expect(gateway.log()).toContain('swept the rollups and pruned every tier');
  } finally {
    await gateway.stop();
  }
}, 180_000);

test('with retention.5m and retention.other it cuts the 5-minute tier and foreign series too, and never ALERTS', async () => {
  const { connection: prometheus, repair, tiers, store } = harness;
  const retention = createRetention({
    prometheus,
    repair,
    tiers,
    periods: { ...periods, minuteMs: 5 * dayMs, fiveMinutesMs: 20 * dayMs, otherMs: 10 * dayMs },
    db: store.db,
    log: createLog({ level: 'error', format: 'logfmt', program: 'gateway' }),
    now: () => nowMs,
    rest: () => Promise.resolve(),
  });
  await retention.prune({ mode: 'delete' });
  for (const [selector, days] of [
    ['instance:cpu_load_average_1m:avg1m{instance="web-1"}', 5],
    ['instance:cpu_load_average_1m:avg5m{instance="web-1"}', 20],
    ['shop_orders_total', 10],
    ['node_entropy_available_bits{instance="web-1"}', 10],
    ['ALERTS', 31],
  ] as const) {
    const ageMs = nowMs - (await oldest(selector));
    expect({ selector, isKept: ageMs > days * dayMs - 300_000, isCut: ageMs <= days * dayMs }).toEqual({
      selector,
      isKept: true,
      isCut: true,
    });
  }
}, 60_000);

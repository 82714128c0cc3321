/**
 * Tests the repair of 120 hosts that deliver the same half hour late, as after an outage of their network. One repair covers up to 50
 * hosts. When the repair of a group fails, each host of the group is repaired separately. The test sets the clock, and compares every
 * recorded point with the samples of its host.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLog } from '../../common/program/log.ts';
import { queryRaw } from '../../common/prometheus/query.ts';
import type { Repair } from '../../ingest-gateway/rollups/repair/repair.ts';
import { createLateWindows, createRepairWorker } from '../../ingest-gateway/rollups/repair/repair-windows.ts';
import type { RollupTier } from '../../ingest-gateway/rollups/tier/rollup-tier.ts';
import { countRepairWindows } from '../../ingest-gateway/rollups/tier/tier-store.ts';
import { sampled, type TestSeries, writeSeries } from '../support/raw-series.ts';
import { startTierHarness, type TierHarness } from '../support/tier-harness.ts';
import { meanIn, type Points } from '../support/window-truth.ts';

const minuteMs = 60_000;
const hosts = Array.from({ length: 120 }, (_, at) => `web-${at}`);
/** The host whose late samples start ten minutes earlier, so that its windows have another range. */
const straggler = 'web-7';
/** The host that loses the samples of every third minute. */
const lossy = 'web-11';

const outageMs = Math.floor((Date.now() - 120 * minuteMs) / (10 * minuteMs)) * 10 * minuteMs;
const backMs = outageMs + 30 * minuteMs;
const startMs = outageMs - 20 * minuteMs;
const endMs = backMs + 20 * minuteMs;
/** Delays of the evaluations of the rules after a multiple of their interval. */
const phaseMs = { '1m': 7_000, '5m': 111_000 } as const;
const clock = { nowMs: startMs };
const periods = { rawMs: 24 * 60 * minuteMs, minuteMs: 7 * 24 * 60 * minuteMs, lateMs: 26 * 60 * minuteMs };
let harness: TierHarness;
let series: ReadonlyMap<string, TestSeries>;
let lines = '';

function loadOf(host: string, at: number): TestSeries {
  const labels = { __name__: 'node_load1', job: 'node', instance: host, rack: `r${at % 4}` };
  return sampled(labels, { fromMs: startMs + 77, toMs: endMs, stepMs: 15_000 }, (timeMs) => {
    const minute = Math.floor(timeMs / minuteMs);
    return host === lossy && minute % 3 === 0 ? undefined : at + Math.sin(timeMs / 300_000 + at);
  });
}

function pointsOf(host: string): Points {
  return series.get(host)?.points ?? [];
}

/** Writes the samples of all hosts in the range. */
async function write(fromMs: number, toMs: number): Promise<void> {
  const parts = [...series.values()].map((each) => ({
    ...each,
    points: each.points.filter(([timeMs]) => timeMs >= fromMs && timeMs < toMs),
  }));
  await writeSeries(harness.prometheus.url, parts);
}

/** Writes the samples of a range in time, and the points that the rules record from the samples. */
async function playInTime(fromMs: number, toMs: number): Promise<void> {
  clock.nowMs = toMs + 30_000;
  await write(fromMs, toMs);
  for (const tier of harness.tiers) {
    await writeGrid(tier, fromMs, clock.nowMs);
    const window = { fromMs, toMs };
    const outcome = await harness.repair.run({ tier, window, rawHorizonMs: 0, mode: 'add' });
    expect(outcome).toMatchObject({ kind: 'done', report: { remaining: 0 } });
  }
}

/** Writes the points of a host without an outage. The times of these points determine the times of all recomputed points. */
async function writeGrid({ name, stepMs }: RollupTier, fromMs: number, toMs: number): Promise<void> {
  const labels = { __name__: `instance:swap_total:avg${name}`, job: 'node', instance: 'other' };
  const firstMs = Math.ceil(fromMs / stepMs) * stepMs + phaseMs[name];
  const range = { fromMs: firstMs, toMs, stepMs };
  await writeSeries(harness.prometheus.url, [sampled(labels, range, () => 1)]);
}

/** Compares each point of each host with the mean of its samples. Returns the number of points. */
async function compareAll(tier: RollupTier): Promise<number> {
  const selector = `instance:cpu_load_average_1m:avg${tier.name}`;
  const found = await queryRaw(harness.connection, { selector, startMs, endMs });
  expect(found).toHaveLength(hosts.length);
  expect(new Set(found.map(({ labels }) => labels['instance']))).toEqual(new Set(hosts));
  let count = 0;
  for (const { labels, points } of found) {
    const host = labels['instance'] ?? '';
    const got = new Map(points);
    const firstMs = Math.ceil((startMs + 6 * minuteMs) / tier.stepMs) * tier.stepMs + phaseMs[tier.name];
    for (let timeMs = firstMs; timeMs < endMs - 6 * minuteMs; timeMs += tier.stepMs) {
      if (isCut(timeMs, tier)) continue;
      const expected = meanIn(pointsOf(host), { endMs: timeMs - 15_000, rangeMs: tier.stepMs });
      const at = `${host} ${tier.name} ${new Date(timeMs).toISOString()}`;
      const value = got.get(timeMs);
      expect({ at, isThere: value !== undefined }).toEqual({ at, isThere: expected !== undefined });
      if (value === undefined || expected === undefined) continue;
      expect({ at, isRight: Math.abs(value - expected) < 1e-9 }).toEqual({ at, isRight: true });
      count += 1;
    }
  }
  return count;
}

/**
 * Returns true for points that the rules recorded from a part of their samples. A repair replaces these points after Prometheus has
 * written them to a block.
 */
function isCut(timeMs: number, { stepMs }: RollupTier): boolean {
  return [outageMs, backMs].some((edgeMs) => timeMs > edgeMs && timeMs <= edgeMs + stepMs + 20_000);
}

function createWorker(repair: Repair) {
  return createRepairWorker({
    db: harness.store.db,
    repair,
    tiers: harness.tiers,
    keepRawMs: periods.lateMs,
    onReport: () => undefined,
    log: createLog({ level: 'info', format: 'logfmt', program: 'gateway', write: (line) => (lines += line) }),
    now: () => clock.nowMs,
  });
}

/** Returns the number of lines of the log that match. */
const logged = (pattern: RegExp): number => lines.split('\n').filter((line) => pattern.test(line)).length;

beforeAll(async () => {
  harness = await startTierHarness({ periods, now: () => clock.nowMs });
  series = new Map(hosts.map((host, at) => [host, loadOf(host, at)]));
  await playInTime(startMs, outageMs);
  await playInTime(backMs, endMs);
}, 120_000);

afterAll(() => harness.stop());

test('hosts that were late together are repaired in groups, and every point matches its samples', async () => {
  const { store, tiers, repair } = harness;
  await write(outageMs, backMs);
  const lateWindows = createLateWindows({ db: store.db, databaseFile: undefined, tiers, now: () => clock.nowMs });
  for (const host of hosts) {
    const oldestMs = host === straggler ? outageMs - 10 * minuteMs : outageMs;
    await lateWindows.note({ host, oldestMs, newestMs: backMs });
  }
  expect(await countRepairWindows(store.db)).toMatchObject([{ windows: 120 }, { windows: 120 }]);

  // Prometheus does not answer during the first repair of 1-minute points.
  clock.nowMs += 10 * minuteMs;
  let hasFailed = false;
  const worker = createWorker({
    async run(request) {
      if (hasFailed || request.window.hosts?.length !== 50) return repair.run(request);
      hasFailed = true;
      await harness.prometheus.stop('SIGKILL');
      try {
        return await repair.run(request);
      } finally {
        await harness.prometheus.start();
      }
    },
  });
  await worker.runDue();
  expect(logged(/hosts=50 tier=1m .*rollups not repaired/)).toBe(1);
  expect(logged(/hosts=50 tier=1m .*repaired rollups with late samples/)).toBe(1);
  expect(logged(/hosts=19 tier=1m .*repaired rollups with late samples/)).toBe(1);
  expect(logged(/host=web-7 tier=1m .*repaired rollups with late samples/)).toBe(1);
  expect(await countRepairWindows(store.db)).toMatchObject([{ tier: '1m', windows: 50 }, { tier: '5m' }]);

  clock.nowMs += 30 * minuteMs;
  await worker.runDue();
  await worker.stop();
  expect(logged(/ host=web-\d+ tier=1m .*repaired rollups with late samples/)).toBe(51);
  expect(logged(/hosts=50 tier=5m .*repaired rollups with late samples/)).toBe(2);
  expect(logged(/hosts=19 tier=5m .*repaired rollups with late samples/)).toBe(1);
  expect(await countRepairWindows(store.db)).toEqual([]);
  const [fine, coarse] = tiers;
  expect(await compareAll(fine)).toBeGreaterThan(120 * 40);
  expect(await compareAll(coarse as RollupTier)).toBeGreaterThan(120 * 5);
}, 180_000);

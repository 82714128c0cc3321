/**
 * Tests the repair of the catalogue's rollups after a host delivers an hour of samples late. The test sets the clock. Repair windows are
 * recorded, stored and processed, and every point is compared with its samples. Counters reset, samples are lost, and a host appears and
 * disappears.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLog } from '../../common/program/log.ts';
import { queryRaw } from '../../common/prometheus/query.ts';
import { createRemoteWriteClient } from '../../ingest-gateway/forward/remote-write-client.ts';
import { tryHeadRange } from '../../ingest-gateway/prometheus/admin.ts';
import { createPointWriter, type RepairReport } from '../../ingest-gateway/rollups/repair/recomputed-points.ts';
import { createRepair, type Repair, type RepairRequest } from '../../ingest-gateway/rollups/repair/repair.ts';
import { createLateWindows, createRepairWorker } from '../../ingest-gateway/rollups/repair/repair-windows.ts';
import { whyUncleaned } from '../../ingest-gateway/rollups/retention/clean-guard.ts';
import type { RollupTier } from '../../ingest-gateway/rollups/tier/rollup-tier.ts';
import { countRepairWindows } from '../../ingest-gateway/rollups/tier/tier-store.ts';
import { runCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { sampled, type TestSeries, writeSeries } from '../support/raw-series.ts';
import { startTierHarness, type TierHarness } from '../support/tier-harness.ts';
import { blocksAtRest } from '../support/tsdb-blocks.ts';
import { meanIn, type Points, rateIn } from '../support/window-truth.ts';

const minuteMs = 60_000;
/** Length of a block. Prometheus writes a block as soon as the head spans one and a half blocks: at the end, the head contains the last 50 minutes. */
const blockMs = 40 * minuteMs;
/** Time of the last sample. The 77 ms keep the samples off the grids of the rules. */
const endMs = Math.floor((Date.now() - 180 * minuteMs) / blockMs) * blockMs + 10 * minuteMs + 77;
const startMs = endMs - 110 * minuteMs;
const cutMs = startMs + 20 * minuteMs;
const backMs = cutMs + 60 * minuteMs;
const clock = { nowMs: startMs };
const periods = { rawMs: 24 * 60 * minuteMs, minuteMs: 7 * 24 * 60 * minuteMs, lateMs: 26 * 60 * minuteMs };
let harness: TierHarness;
let series: readonly TestSeries[];

beforeAll(async () => {
  const blocks = ['--storage.tsdb.min-block-duration=40m', '--storage.tsdb.max-block-duration=40m'];
  harness = await startTierHarness({ periods, now: () => clock.nowMs, flags: blocks });
  series = [...hostSeries('steady', startMs, endMs), ...hostSeries('cut-off', startMs, endMs)];
  series = [...series, ...hostSeries('brief', startMs + 33 * minuteMs, startMs + 48 * minuteMs + 5_000)];
});

afterAll(() => harness.stop());

function hostSeries(host: string, fromMs: number, toMs: number): readonly TestSeries[] {
  const labels = { job: 'node', instance: host, rack: 'r1' };
  const range = { fromMs, toMs, stepMs: 5_000 };
  const tick = (timeMs: number): number => Math.round((timeMs - startMs) / 5_000);
  /** Returns false for lost samples: one sample in 19, except on the host `steady`. */
  const isThere = (timeMs: number): boolean => host === 'steady' || (tick(timeMs) * 7_919) % 19 !== 0;
  const gauge = (name: string, valueAt: (at: number) => number): TestSeries =>
    sampled({ __name__: name, ...labels }, range, (timeMs) => (isThere(timeMs) ? valueAt(tick(timeMs)) : undefined));
  const cpu = (number: number, mode: string, share: number): TestSeries =>
    sampled({ __name__: 'node_cpu_seconds_total', cpu: String(number), mode, ...labels }, range, (timeMs) =>
      // The machine restarts every 35 minutes.
      isThere(timeMs) ? 500 + (tick(timeMs) % 420) * 5 * share : undefined,
    );
  return [
    gauge('node_load1', (at) => 2 + Math.sin(at / 11)),
    gauge('node_memory_MemTotal_bytes', () => 8e9),
    gauge('node_memory_MemAvailable_bytes', (at) => 3e9 + 1e9 * Math.cos(at / 17)),
    cpu(0, 'user', 0.3),
    cpu(0, 'idle', 0.7),
    cpu(1, 'user', 0.1),
    cpu(1, 'idle', 0.9),
  ];
}

function pointsOf(host: string, name: string, mode?: string): readonly Points[] {
  return series
    .filter(({ labels }) => labels['instance'] === host && labels['__name__'] === name)
    .filter(({ labels }) => mode === undefined || labels['mode'] === mode)
    .map(({ points }) => points);
}

interface Recorded {
  readonly name: string;
  readonly truth: (host: string, timeMs: number, tier: RollupTier) => number | undefined;
}

const recorded: readonly Recorded[] = [
  { name: 'instance:cpu_load_average_1m:avg', truth: (host, timeMs, tier) => mean(host, 'node_load1', timeMs, tier) },
  {
    name: 'instance:memory_usage_percent:avg',
    truth(host, timeMs, tier) {
      const total = mean(host, 'node_memory_MemTotal_bytes', timeMs, tier);
      const free = mean(host, 'node_memory_MemAvailable_bytes', timeMs, tier);
      return total === undefined || free === undefined ? undefined : (100 * (total - free)) / total;
    },
  },
  {
    name: 'instance:cpu_usage_total:avg',
    truth(host, timeMs, tier) {
      const [busy, all] = [sumOfRates(host, 'user', timeMs, tier), sumOfRates(host, undefined, timeMs, tier)];
      return busy === undefined || all === undefined || all === 0 ? undefined : (100 * busy) / all;
    },
  },
];

function mean(host: string, family: string, timeMs: number, tier: RollupTier): number | undefined {
  const [points = []] = pointsOf(host, family);
  return meanIn(points, { endMs: timeMs - 15_000, rangeMs: tier.stepMs });
}

function sumOfRates(host: string, mode: string | undefined, timeMs: number, tier: RollupTier): number | undefined {
  const window = { endMs: timeMs - 15_000, rangeMs: tier.stepMs + 5_000 };
  const rates = pointsOf(host, 'node_cpu_seconds_total', mode)
    .map((points) => rateIn(points, window))
    .filter((rate) => rate !== undefined);
  return rates.length === 0 ? undefined : rates.reduce((sum, rate) => sum + rate, 0);
}

/** Returns true for points that the rules recorded from a part of their samples: the window at each end of the outage. */
function isCut(host: string, timeMs: number, tier: RollupTier): boolean {
  return (
    host === 'cut-off' && [cutMs, backMs].some((endMs) => timeMs > endMs && timeMs <= endMs + tier.stepMs + 20_000)
  );
}

/**
 * Checks that every point with samples is recorded and no point without samples, and compares the values of the points, except for
 * points that `isSkipped` selects. Returns the number of compared values.
 */
async function compareAll(untilMs: number, isSkipped: typeof isCut): Promise<number> {
  let count = 0;
  for (const tier of harness.tiers) {
    const phaseMs = { '1m': 7_000, '5m': 111_000 }[tier.name];
    for (const { name, truth } of recorded) {
      const selector = `${name}${tier.name}`;
      const found = await queryRaw(harness.connection, { selector, startMs, endMs: untilMs });
      for (const host of ['steady', 'cut-off', 'brief']) {
        const points = new Map(found.find(({ labels }) => labels['instance'] === host)?.points);
        const first = Math.ceil((startMs + 6 * minuteMs) / tier.stepMs) * tier.stepMs + phaseMs;
        for (let timeMs = first; timeMs <= untilMs; timeMs += tier.stepMs) {
          const [got, expected] = [points.get(timeMs), truth(host, timeMs, tier)];
          const at = `${selector} ${host} ${new Date(timeMs).toISOString()}`;
          expect({ at, isThere: got !== undefined }).toEqual({ at, isThere: expected !== undefined });
          if (got === undefined || expected === undefined || isSkipped(host, timeMs, tier)) continue;
          const error = Math.abs(got - expected) / Math.max(1, Math.abs(expected));
          expect({ at, error: error < 1e-9 ? 0 : error }).toEqual({ at, error: 0 });
          count += 1;
        }
      }
    }
  }
  return count;
}

/**
 * Writes samples and the points that the rules record from the samples, in slices of 20 minutes. Prometheus would add samples that are
 * more than an hour older than the newest sample to its out-of-order head, from which no sample can be deleted and to which rules never
 * write.
 */
async function playInTime(inTime: readonly TestSeries[]): Promise<void> {
  const sliceMs = 20 * minuteMs;
  const labels = { job: 'node', instance: 'other' };
  for (let fromMs = startMs; fromMs < endMs; fromMs += sliceMs) {
    clock.nowMs = Math.min(fromMs + sliceMs, endMs) + 20_000;
    const slice = inTime.map((each) => ({
      ...each,
      points: each.points.filter(([timeMs]) => timeMs >= fromMs && timeMs < fromMs + sliceMs),
    }));
    await writeSeries(
      harness.prometheus.url,
      slice.filter(({ points }) => points.length > 0),
    );
    for (const tier of harness.tiers) {
      // One recorded point determines the grid of the other points.
      const phaseMs = { '1m': 7_000, '5m': 111_000 }[tier.name];
      const timeMs = Math.floor((clock.nowMs - phaseMs) / tier.stepMs) * tier.stepMs + phaseMs;
      const grid = {
        labels: { __name__: `instance:swap_total:avg${tier.name}`, ...labels },
        points: [[timeMs, 1]],
      } as const;
      await writeSeries(harness.prometheus.url, [grid]);
      const window = { fromMs, toMs: clock.nowMs };
      const outcome = await harness.repair.run({ tier, window, rawHorizonMs: 0, mode: 'add' });
      expect(outcome).toMatchObject({ kind: 'done', report: { remaining: 0 } });
    }
  }
}

async function reportOf(request: RepairRequest): Promise<RepairReport> {
  const outcome = await harness.repair.run(request);
  if (outcome.kind === 'later') throw new Error(outcome.reason);
  return outcome.report;
}

/** Writes a sample that is two hours newer: Prometheus then writes older samples to blocks. */
async function writeHeadToBlocks(): Promise<void> {
  const labels = { __name__: 'newer', job: 'node', instance: 'other' };
  await writeSeries(harness.prometheus.url, [{ labels, points: [[endMs + 120 * minuteMs, 1]] }]);
  await eventually({ what: 'no point of the test is in the head', limitMs: 60_000 }, async () => {
    const head = await tryHeadRange(harness.connection);
    return head !== undefined && head.minMs > endMs ? head : undefined;
  });
  // Prometheus then writes late samples to separate blocks. Queries fail on Prometheus 2.42 while it writes these blocks.
  await blocksAtRest(join(harness.folder, 'data'));
}

/** Returns a repair that kills Prometheus after half of its first points are written. */
function repairThatLosesPrometheus(now: () => number): Repair {
  const client = createRemoteWriteClient({ url: harness.prometheus.url, maxConcurrency: 1, timeoutMs: 30_000 });
  const real = createPointWriter(client, now);
  return createRepair({
    prometheus: harness.connection,
    writer: {
      async write(differences) {
        const half = differences.length >> 1;
        expect(half).toBeGreaterThan(0);
        await real.write(differences.slice(0, half));
        await harness.prometheus.stop('SIGKILL');
        return real.write(differences.slice(half));
      },
    },
    replacement: harness.replacement,
    now,
    rest: () => Promise.resolve(),
  });
}

test('after an hour without a host, a Prometheus killed during the repair and two concurrent repairs, every point matches its samples', async () => {
  const isLate = ({ labels }: TestSeries, timeMs: number): boolean =>
    labels['instance'] === 'cut-off' && timeMs >= cutMs && timeMs < backMs;
  const part = (wantsLate: 'late' | 'in time'): TestSeries[] =>
    series
      .map((each) => ({
        ...each,
        points: each.points.filter(([timeMs]) => isLate(each, timeMs) === (wantsLate === 'late')),
      }))
      .filter(({ points }) => points.length > 0);
  await playInTime(part('in time'));

  await writeSeries(harness.prometheus.url, part('late'));
  const { store, tiers, repair } = harness;
  const now = (): number => clock.nowMs;
  const lateWindows = createLateWindows({ db: store.db, databaseFile: undefined, tiers, now });
  for (let fromMs = cutMs; fromMs < backMs; fromMs += 5 * minuteMs)
    await lateWindows.note({ host: 'cut-off', oldestMs: fromMs, newestMs: fromMs + 5 * minuteMs });
  expect(await countRepairWindows(store.db)).toMatchObject([{ windows: 1 }, { windows: 1 }]);

  const counts = { missing: 0, wrong: 0 };
  const count = ({ missing, wrong }: Readonly<Record<'missing' | 'wrong', number>>): void => {
    counts.missing += missing;
    counts.wrong += wrong;
  };
  let lines = '';
  const workerOver = (over: Repair) =>
    createRepairWorker({
      db: store.db,
      repair: over,
      tiers,
      keepRawMs: periods.lateMs,
      onReport: (_tier, report) => count(report),
      log: createLog({ level: 'info', format: 'logfmt', program: 'gateway', write: (line) => (lines += line) }),
      now,
    });
  const early = workerOver(repair);
  await early.runDue();
  expect(await countRepairWindows(store.db)).toHaveLength(2);
  await early.stop();

  clock.nowMs += 20 * minuteMs;
  const doomed = workerOver(repairThatLosesPrometheus(now));
  await doomed.runDue();
  await doomed.stop();
  expect(lines).toMatch(/host=cut-off tier=1m .*Prometheus accepts no recomputed points.*rollups not repaired/);
  // The windows stay in the database, where the next worker of this or another process finds them.
  expect(await countRepairWindows(store.db)).toHaveLength(2);
  await harness.prometheus.start();

  clock.nowMs += 20 * minuteMs;
  const worker = workerOver(repair);
  const window = { fromMs: cutMs, toMs: backMs, hosts: ['cut-off'] } as const;
  const byHand = tiers.map((tier) => repair.run({ tier, window, rawHorizonMs: 0, mode: 'add' }));
  const [outcomes] = await Promise.all([Promise.all(byHand), worker.runDue()]);
  for (const outcome of outcomes) if (outcome.kind === 'done') count(outcome.report);
  // A repair that reads the partial work of the other repair runs again.
  clock.nowMs += 20 * minuteMs;
  await worker.runDue();
  await worker.stop();
  expect(lines).toMatch(/host=cut-off tier=5m .*repaired rollups with late samples/);
  expect(await countRepairWindows(store.db)).toEqual([]);
  expect(counts.missing).toBeGreaterThan(60 * 3);
  for (const tier of tiers) {
    const request = { tier, window, rawHorizonMs: 0, mode: 'replace' } as const;
    // A point that was recorded from a part of its samples is replaced after Prometheus has written the point to a block.
    const early = await reportOf(request);
    expect(early).toMatchObject({ missing: 0, remaining: 0, inexact: 0 });
    expect(early.postponed).toBeGreaterThan(0);
  }
  await writeHeadToBlocks();
  // Some versions of Prometheus cannot replace points: `notReplaced` is the reason, and the wrong points stay.
  const notReplaced = await whyUncleaned(harness.connection, undefined);
  for (const tier of tiers) {
    const request = { tier, window, rawHorizonMs: 0, mode: 'replace' } as const;
    const replaced = await reportOf(request);
    const postponed = notReplaced === undefined ? 0 : replaced.wrong;
    expect(replaced).toMatchObject({ missing: 0, remaining: 0, postponed, inexact: 0 });
    expect(replaced.notReplaced).toBe(notReplaced);
    expect(replaced.wrong).toBeGreaterThan(0);
    expect(await reportOf(request)).toMatchObject({ missing: 0, wrong: postponed, remaining: 0 });
  }
  expect(counts.wrong).toBeGreaterThan(0);
  const isSkipped = notReplaced === undefined ? () => false : isCut;
  expect(await compareAll(endMs - 12 * minuteMs, isSkipped)).toBeGreaterThan(600);
}, 180_000);

test('the command line shows the tiers, repairs a window, and finds nothing to prune', async () => {
  const flags = ['--prometheus.url', harness.prometheus.url, '--database.path', `${harness.folder}/store.db`];
  const range = ['--from', new Date(startMs).toISOString(), '--to', String(backMs), '--host', 'cut-off'];
  const repaired = await runCli(['tiers', 'repair', ...range, ...flags]);
  expect(repaired).toMatchObject({ code: 0, stderr: '1m: 100 %\n5m: 100 %\n' });
  const isReplaced = (await whyUncleaned(harness.connection, undefined)) === undefined;
  expect(repaired.stdout).toMatch(
    isReplaced
      ? /^0 points were missing, 0 wrong; 0 repaired\n$/
      : /^0 points were missing, ([1-9]\d*) wrong; 0 repaired\n\1 wrong points are not replaced: .*upgrade Prometheus/,
  );
  const status = await runCli(['tiers', 'status', ...flags]);
  expect(status.stderr).toBe('');
  expect(status.stdout).toMatch(
    /^TIER +OLDEST +NEWEST +SERIES +SAMPLES A DAY +HOLES +WRONG\nraw +[-\d :]+\n1m +[-\d :]+\n5m +[-\d :]+\n$/,
  );
  const pruned = await runCli(['tiers', 'prune', '--dry-run', ...flags]);
  expect(pruned).toMatchObject({ code: 0, stderr: '' });
  expect(pruned.stdout).toContain('0 host days');
  expect(await runCli(['tiers', 'repair', '--from', 'yesterday', '--to', '1', ...flags])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--from: expected RFC 3339 or epoch milliseconds, got "yesterday"'),
  });
}, 120_000);

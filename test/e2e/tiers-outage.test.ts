/**
 * Disconnects a pushing host, which then drains its backlog while real rules run, on a shorter time scale. Computes the expected points
 * from the pushed samples.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPrometheusConnection, type PrometheusConnection } from '../../common/prometheus/connection.ts';
import { queryRaw } from '../../common/prometheus/query.ts';
import { openStore } from '../../common/store/open.ts';
import { createRemoteWriteClient } from '../../ingest-gateway/forward/remote-write-client.ts';
import { cleanTombstones, deleteSeries, tryHeadRange } from '../../ingest-gateway/prometheus/admin.ts';
import { createPointWriter } from '../../ingest-gateway/rollups/repair/recomputed-points.ts';
import { createRepair, type Repair, type RepairOutcome } from '../../ingest-gateway/rollups/repair/repair.ts';
import { createPointReplacement } from '../../ingest-gateway/rollups/repair/replace-points.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/process.ts';
import { createPrometheus, type TestPrometheus } from '../support/prometheus.ts';
import { type TestSeries, writeSeries } from '../support/raw-series.ts';
import { smallFamilies, smallTiers } from '../support/small-tiers.ts';
import { meanIn, type Points, rateIn } from '../support/window-truth.ts';

const sampleMs = 100;
/** The delay that repair allows a rule group. */
const settleMs = 5_000;
const { tiers, rules } = smallTiers(sampleMs);
const [fine, coarse] = tiers;
const hosts = ['steady', 'cut-off'] as const;

let folder: string;
let prometheus: TestPrometheus;
let connection: PrometheusConnection;
let repair: Repair;
let stopRepair: () => Promise<void>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-tiers-'));
  prometheus = createPrometheus({
    port: await freePort(),
    folder,
    config: { storage: { tsdb: { out_of_order_time_window: '30h' } } },
    rules: { 'small.rules.yml': rules },
    flags: [
      '--web.enable-remote-write-receiver',
      '--web.enable-admin-api',
      '--storage.tsdb.min-block-duration=20s',
      '--storage.tsdb.max-block-duration=20s',
    ],
  });
  await prometheus.start();
  const bounds = { timeoutMs: 30_000, maxConcurrency: 2, maxAnswerBytes: 2 ** 25 };
  connection = createPrometheusConnection({ name: 'Prometheus', url: prometheus.url, ...bounds });
  const client = createRemoteWriteClient({ url: prometheus.url, maxConcurrency: 1, timeoutMs: 30_000 });
  const store = await openStore({ path: join(folder, 'store.db') });
  const writer = createPointWriter(client, Date.now);
  const clean = (signal: AbortSignal | undefined) => cleanTombstones(connection, signal);
  repair = createRepair({
    prometheus: connection,
    writer,
    replacement: createPointReplacement({ prometheus: connection, db: store.db, writer, whyUnsafe, clean }),
    now: Date.now,
    rest: () => Promise.resolve(),
  });
  stopRepair = async () => {
    client.close();
    connection.close();
    await store.close();
  };
});

afterAll(async () => {
  await stopRepair();
  await prometheus.stop('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** This test cleans tombstones after each deletion, on every version. */
const whyUnsafe = (): Promise<undefined> => Promise.resolve(undefined);

/** Returns the samples of a host at an instant: counters of two CPUs, which reset from time to time, and a gauge. */
function samplesAt(host: string, timeMs: number): readonly TestSeries[] {
  const tick = Math.round(timeMs / sampleMs);
  const base = { job: 'node', instance: host };
  const counter = (cpu: number): TestSeries => ({
    labels: { __name__: smallFamilies.counter, cpu: String(cpu), ...base },
    points: [[timeMs, (tick % (97 + cpu * 40)) * (3 + cpu) + 1_000]],
  });
  const level = 50 + 40 * Math.sin(tick / 9);
  return [counter(0), counter(1), { labels: { __name__: smallFamilies.gauge, ...base }, points: [[timeMs, level]] }];
}

function truthAt(pushed: readonly TestSeries[], host: string, timeMs: number, tier: typeof fine) {
  const endMs = timeMs - tier.offsetMs;
  const pointsOf = (family: string): Points[] => {
    const byCpu = new Map<string, [number, number][]>();
    for (const { labels, points } of pushed) {
      if (labels['__name__'] !== family || labels['instance'] !== host) continue;
      const cpu = labels['cpu'] ?? '';
      byCpu.set(cpu, [...(byCpu.get(cpu) ?? []), ...(points as [number, number][])]);
    }
    return [...byCpu.values()].map((points) => points.sort(([a], [b]) => a - b));
  };
  const rates = pointsOf(smallFamilies.counter).map((points) =>
    rateIn(points, { endMs, rangeMs: tier.stepMs + sampleMs }),
  );
  const seen = rates.filter((rate) => rate !== undefined);
  const level = pointsOf(smallFamilies.gauge).map((points) => meanIn(points, { endMs, rangeMs: tier.stepMs }))[0];
  return { rate: seen.length === 0 ? undefined : seen.reduce((sum, rate) => sum + rate, 0), level };
}

test('after an outage, its backlog, repair, a restart and a prune, every point is stored and correct', async () => {
  // Samples are on another grid than the rules, as in production.
  const firstMs = Math.ceil(Date.now() / sampleMs) * sampleMs + 77;
  const pushed: TestSeries[] = [];
  let nextMs = firstMs;
  const push = async (untilMs: number, isCutOff: boolean, backlog: TestSeries[]): Promise<void> => {
    while (nextMs <= untilMs) {
      await sleep(Math.max(0, nextMs - Date.now()));
      const due: TestSeries[] = [];
      // After a delay, all due samples are sent at once, as a host does.
      for (; nextMs <= Math.min(untilMs, Date.now()); nextMs += sampleMs) {
        for (const host of hosts) {
          const series = samplesAt(host, nextMs);
          pushed.push(...series);
          (isCutOff && host === 'cut-off' ? backlog : due).push(...series);
        }
      }
      await writeSeries(prometheus.url, due);
    }
  };
  const backlog: TestSeries[] = [];
  await push(firstMs + 1.3 * coarse.stepMs, false, backlog);
  // The outage starts in the middle of a window, which the rules therefore record from a part of its samples.
  const borderMs = await fineBorderMs();
  while (Math.abs(((nextMs - borderMs) % fine.stepMs) - fine.stepMs / 2) > 2 * sampleMs)
    await push(nextMs, false, backlog);
  const cutMs = nextMs;
  await push(cutMs + coarse.stepMs + 3 * sampleMs, true, backlog);
  const backMs = nextMs - sampleMs;
  const window = { fromMs: cutMs, toMs: backMs, hosts: ['cut-off'] } as const;
  await writeSeries(prometheus.url, backlog);
  const storedMs = Date.now();
  const request = { window, storedMs, rawHorizonMs: 0, mode: 'add' as const };

  const atOnce = await repair.run({ ...request, tier: coarse });
  expect(atOnce).toEqual({ kind: 'later', reason: 'the rules have not written a newer point yet' });
  await push(storedMs + 2 * coarse.stepMs + settleMs + 3 * sampleMs, false, []);

  const outcomes: RepairOutcome[] = [];
  for (const tier of tiers) {
    const looked = await repair.run({ ...request, mode: 'look', tier });
    const outcome = await repair.run({ ...request, tier });
    outcomes.push(outcome);
    if (outcome.kind === 'later' || looked.kind === 'later')
      throw new Error('expected a finished repair, got a postponed repair');
    const { missing, wrong } = looked.report;
    expect(outcome.report).toMatchObject({ remaining: 0, missing, wrong, postponed: wrong });
    expect(outcome.report.refused.size).toBe(0);
  }
  expect(outcomes[0]).toMatchObject({ kind: 'done' });
  const [fineReport] = outcomes.map((outcome) => (outcome.kind === 'done' ? outcome.report : undefined));
  expect(fineReport?.missing).toBeGreaterThanOrEqual(4);
  expect(fineReport?.wrong).toBeGreaterThanOrEqual(1);

  const limitMs = Date.now() + 120_000;
  for (let headMs = 0; headMs <= backMs + 2 * coarse.stepMs; headMs = (await tryHeadRange(connection))?.minMs ?? 0) {
    if (Date.now() > limitMs) throw new Error('expected the points of the window in a block within two minutes');
    await push(Date.now() + 1_000, false, []);
  }
  for (const tier of tiers) {
    const done = { kind: 'done', report: { missing: 0, remaining: 0, postponed: 0, inexact: 0 } };
    expect(await repair.run({ ...request, tier, mode: 'replace' })).toMatchObject(done);
    // A second repair finds nothing.
    const nothing = { kind: 'done', report: { missing: 0, wrong: 0, remaining: 0 } };
    expect(await repair.run({ ...request, tier })).toMatchObject(nothing);
  }

  await prometheus.stop('SIGKILL');
  await prometheus.start();
  expect(await compareAll(pushed, firstMs, backMs)).toBeGreaterThan(40);

  const selectors = Object.values(smallFamilies).map((family) => `{__name__="${family}"}`) as [string, ...string[]];
  await deleteSeries(connection, { selectors, startMs: 0, endMs: cutMs });
  await cleanTombstones(connection);
  const left = await queryRaw(connection, { selector: selectors[0], startMs: firstMs, endMs: Date.now() });
  expect(left.length).toBeGreaterThan(0);
  expect(Math.min(...left.flatMap(({ points }) => points.map(([timeMs]) => timeMs)))).toBeGreaterThan(cutMs);
  expect(await compareAll(pushed, firstMs, backMs)).toBeGreaterThan(40);
  // A repair keeps correct points whose raw samples are deleted.
  for (const tier of tiers) {
    const outcome = await repair.run({
      tier,
      window: { ...window, hosts: undefined },
      rawHorizonMs: cutMs,
      mode: 'add',
    });
    expect(outcome).toMatchObject({ kind: 'done', report: { missing: 0, wrong: 0 } });
  }
  expect(await compareAll(pushed, firstMs, backMs)).toBeGreaterThan(40);
}, 240_000);

/** Returns the end of a window of the finer tier. The ends of other windows are whole steps earlier or later. */
async function fineBorderMs(): Promise<number> {
  const [{ name: selector }] = fine.rollups as [(typeof fine.rollups)[number]];
  return eventually({ what: 'a point of the finer tier', limitMs: 20_000 }, async () => {
    const [found] = await queryRaw(connection, { selector, startMs: Date.now() - 60_000, endMs: Date.now() });
    const timeMs = found?.points[0]?.[0];
    return timeMs === undefined ? undefined : timeMs - fine.offsetMs;
  });
}

/** Checks every recorded point of every host, and returns the number of points. */
async function compareAll(pushed: readonly TestSeries[], firstMs: number, untilMs: number): Promise<number> {
  let count = 0;
  for (const tier of tiers) {
    const answers = await eventually({ what: 'recorded points', limitMs: 10_000 }, async () => {
      const found = await Promise.all(
        tier.rollups.map(({ name }) =>
          queryRaw(connection, { selector: name, startMs: firstMs, endMs: untilMs + tier.stepMs + 4 * sampleMs }),
        ),
      );
      return found.every(({ length }) => length === hosts.length) ? found : undefined;
    });
    for (const [index, field] of (['rate', 'level'] as const).entries()) {
      for (const { labels, points } of answers[index] ?? []) {
        const instants = points.map(([timeMs]) => timeMs);
        const gaps = instants.slice(1).map((timeMs, at) => timeMs - (instants[at] ?? 0));
        expect({ labels, gaps: [...new Set(gaps)] }).toEqual({ labels, gaps: [tier.stepMs] });
        for (const [timeMs, value] of points) {
          const truth = truthAt(pushed, labels['instance'] ?? '', timeMs, tier)[field] ?? NaN;
          expect(Math.abs(value / truth - 1)).toBeLessThan(1e-9);
          count += 1;
        }
      }
    }
  }
  return count;
}

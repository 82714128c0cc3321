/** A month of data in a real Prometheus, and the retention job on it while samples come and queries are asked. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { queryInstant, queryRaw } from '../../common/prometheus/query.ts';
import { claimLease, releaseLease } from '../../common/store/leases.ts';
import { tryTierTime } from '../../common/store/tier-state.ts';
import { awaitBlocks, dayMs, hourMs, monthHosts, writeMonth } from '../support/month.ts';
import { writeSeries } from '../support/raw-series.ts';
import { startTierHarness, type TierHarness } from '../support/tier-harness.ts';

const nowMs = Date.now();
const utcMidnightMs = Math.floor(nowMs / dayMs) * dayMs;
/** A part of a day that is old enough for deletion of raw, young enough to be kept when it cannot be proven. */
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

/** The oldest sample of a series within the month. */
async function oldest(selector: string): Promise<number> {
  const found: number[] = [];
  for (let endMs = nowMs; endMs > nowMs - 32 * dayMs; endMs -= 8 * dayMs) {
    const series = await queryRaw(harness.connection, { selector, startMs: endMs - 8 * dayMs, endMs });
    found.push(...series.flatMap(({ points }) => points.slice(0, 1).map(([timeMs]) => timeMs)));
  }
  return Math.min(...found);
}

test('looking first changes nothing; then each tier is as long as it should be, nothing else is touched', async () => {
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
  expect(kept).toMatchObject([{ kind: 'raw', host: 'web-2', fate: 'kept', reason: expect.stringMatching(/missing/) }]);
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
  expect(bytesAfter).toBeLessThan(0.75 * bytesBefore);
  process.stdout.write(`blocks: ${bytesBefore} bytes before, ${bytesAfter} after, ${report.durationMs} ms\n`);
  expect(await tryTierTime(harness.store.db, 'last_success')).toBe(nowMs);
  expect(await tryTierTime(harness.store.db, 'raw_deleted_until')).toBe(nowMs - dayMs);

  // A second run finds nothing but the day that it may not delete.
  const again = await harness.nightly.prune({ mode: 'delete' });
  expect(again.days).toMatchObject([{ host: 'web-2', fate: 'kept' }]);
}, 180_000);

test('while another run holds the lease, nothing is done', async () => {
  const claim = { name: 'retention', holder: 'another', lifetimeMs: 60_000, nowMs: Date.now() };
  expect(await claimLease(harness.store.db, claim)).toBe(true);
  await expect(harness.nightly.prune({ mode: 'delete' })).rejects.toThrow(
    'another run of the retention job is at work',
  );
  await releaseLease(harness.store.db, claim);
  const outcomes = await Promise.allSettled([
    harness.nightly.prune({ mode: 'look' }),
    harness.nightly.prune({ mode: 'look' }),
  ]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
}, 60_000);

/** `hostpulse tiers prune` killed again and again: what is left is whole, and the next run ends well. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { queryInstant, queryRaw } from '../../common/prometheus/query.ts';
import { startCli } from '../support/cli.ts';
import { dayMs, monthHosts, writeMonth } from '../support/month.ts';
import { startTierHarness, type TierHarness } from '../support/tier-harness.ts';

const nowMs = Date.now();
const periods = { rawMs: dayMs, minuteMs: 7 * dayMs, lateMs: 0 };
let harness: TierHarness;

beforeAll(async () => {
  harness = await startTierHarness({
    periods,
    now: () => nowMs,
    flags: ['--storage.tsdb.min-block-duration=12h', '--storage.tsdb.max-block-duration=36h'],
  });
  await writeMonth({ url: harness.prometheus.url, endMs: nowMs });
}, 180_000);

afterAll(() => harness.stop());

async function count(name: string): Promise<number | undefined> {
  const expression = `sum(count_over_time(${name}[40d]))`;
  return (await queryInstant(harness.connection, { expression, timeMs: nowMs }))[0]?.value;
}

test('killed at any moment it has deleted only what the coarser tiers have', async () => {
  const five = await count('instance:cpu_load_average_1m:avg5m');
  const flags = ['--prometheus.url', harness.prometheus.url, '--database.path', `${harness.folder}/store.db`];
  for (const afterMs of [1_500, 4_000, 7_000]) {
    const cli = startCli(['tiers', 'prune', ...flags], { env: { HOSTPULSE_GATEWAY_RETENTION_LATE: '0s' } });
    await sleep(afterMs);
    cli.child.kill('SIGKILL');
    expect((await cli.ended).code).toBeNull();
    // What two minutes would do: the dead holder's lease runs out.
    await harness.store.db.updateTable('leases').set({ expires_at: 0 }).execute();
  }
  const beforeLast = (await count('node_load1')) ?? 0;
  const report = await harness.nightly.prune({ mode: 'delete' });
  expect(report.days.length).toBeGreaterThan(0);
  expect(report.days.every(({ fate }) => fate === 'deleted')).toBe(true);
  expect((await count('node_load1')) ?? 0).toBeLessThan(beforeLast);
  expect(await count('instance:cpu_load_average_1m:avg5m')).toBe(five);
  for (const host of monthHosts) {
    const selector = `instance:cpu_load_average_1m:avg1m{instance="${host}"}`;
    const range = { startMs: nowMs - 7 * dayMs + 60_000, endMs: nowMs };
    const [series] = await queryRaw(harness.connection, { selector, ...range });
    expect(series?.points.length).toBeGreaterThanOrEqual(7 * 1_440 - 2);
  }
}, 300_000);

/**
 * Kills the retention job, kills its Prometheus, or runs two jobs at once, at moments that a seed chooses. Samples within
 * their retention survive, every job reports what happened, and the next run succeeds and frees all the space.
 */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { queryInstant } from '../../common/prometheus/query.ts';
import { type CliResult, startCli } from './cli.ts';
import { eventually } from './eventually.ts';
import { awaitBlocks, dayMs, hourMs, monthHosts, writeMonth } from './month.ts';
import { createRandom } from './random.ts';
import { startTierHarness, type TierHarness } from './tier-harness.ts';

export const tierFaults = ['job killed', 'Prometheus killed', 'two at once'] as const;
export type TierFault = (typeof tierFaults)[number];

export interface TiersKillScenario {
  /** Injects one fault on a fresh copy of the data, and checks the data and the next run. */
  round(fault: TierFault): Promise<void>;
  stop(): Promise<void>;
}

const days = 10;
const blockMs = 6 * hourMs;
/** The longest duration of all rounds; the job's retention limits move with the clock. */
const driftMs = 2 * hourMs;
const periods = { rawMs: dayMs, minuteMs: 7 * dayMs, lateMs: 0 };

export async function startTiersKillScenario(seed: number): Promise<TiersKillScenario> {
  const random = createRandom(seed);
  const endMs = Date.now();
  const midnightMs = Math.floor(endMs / dayMs) * dayMs;
  /** Rollups of one hour are missing: the raw samples of that day must stay. */
  const hole = { host: 'web-2', fromMs: midnightMs - 1.5 * dayMs, toMs: midnightMs - 1.5 * dayMs + hourMs };
  const harness = await startTierHarness({
    periods,
    now: Date.now,
    flags: [`--storage.tsdb.min-block-duration=${blockMs}ms`, `--storage.tsdb.max-block-duration=${3 * blockMs}ms`],
  });
  const { prometheus, folder, store } = harness;
  const base = join(folder, 'base');
  await writeMonth({ url: prometheus.url, endMs, hole, days });
  await awaitBlocks(prometheus.url, blockMs);
  const kept = await countKept();
  expect(Object.values(kept).every((count) => count > 100)).toBe(true);
  await prometheus.stop('SIGTERM');
  cpSync(join(folder, 'data'), base, { recursive: true });
  const usual = await undisturbed();

  /** Counts the samples that no run may delete. */
  async function countKept(): Promise<Record<string, number>> {
    const ranges: readonly (readonly [string, number, number])[] = [
      ...monthHosts.flatMap((host) => [
        [`node_load1{instance="${host}"}`, endMs - dayMs + driftMs, endMs] as const,
        [`instance:cpu_load_average_1m:avg1m{instance="${host}"}`, endMs - 7 * dayMs + driftMs, endMs] as const,
        [`instance:cpu_load_average_1m:avg5m{instance="${host}"}`, endMs - 40 * dayMs, endMs] as const,
      ]),
      ['node_load1{instance="web-2"}', midnightMs - 2 * dayMs, midnightMs - dayMs - 1],
      ['shop_orders_total', endMs - 40 * dayMs, endMs],
      ['ALERTS', endMs - 40 * dayMs, endMs],
    ];
    const counts: Record<string, number> = {};
    for (const [selector, fromMs, toMs] of ranges)
      counts[`${selector} ${fromMs}`] = await count(harness, selector, fromMs, toMs);
    return counts;
  }

  async function restore(): Promise<void> {
    await prometheus.stop('SIGKILL');
    rmSync(join(folder, 'data'), { recursive: true, force: true });
    cpSync(base, join(folder, 'data'), { recursive: true });
    await prometheus.start();
    await store.db.deleteFrom('leases').execute();
    await store.db.deleteFrom('tier_state').execute();
  }

  async function undisturbed(): Promise<{ readonly bytes: number; readonly durationMs: number }> {
    await restore();
    const { bytesAfter = 0, durationMs } = await harness.nightly.prune({ mode: 'delete' });
    return { bytes: bytesAfter, durationMs };
  }

  function startJob() {
    const flags = ['--prometheus.url', prometheus.url, '--database.path', join(folder, 'store.db')];
    return startCli(['tiers', 'prune', ...flags], { env: { HOSTPULSE_GATEWAY_RETENTION_LATE: '0s' } });
  }

  /** Waits for a random moment of the run, after it has taken the lease. */
  async function someMoment(): Promise<void> {
    await eventually({ what: 'a job holds the lease', limitMs: 30_000, pollMs: 10 }, async () => {
      const leases = await store.db.selectFrom('leases').selectAll().execute();
      return leases.length > 0 ? true : undefined;
    });
    await sleep(random.below(usual.durationMs));
  }

  async function strike(fault: TierFault): Promise<void> {
    const job = startJob();
    if (fault === 'two at once') {
      const results = await Promise.all([job.ended, startJob().ended]);
      expect(results.some(hasEnded)).toBe(true);
      for (const result of results) if (!hasEnded(result)) expect(result.stderr).toContain('another run');
      return;
    }
    await someMoment();
    if (fault === 'job killed') {
      job.child.kill('SIGKILL');
      const result = await job.ended;
      expect(result.code === null || hasEnded(result)).toBe(true);
      // Expires the lease of the dead holder, which takes two minutes otherwise.
      await store.db.updateTable('leases').set({ expires_at: 0 }).execute();
      return;
    }
    await prometheus.stop('SIGKILL');
    const result = await job.ended;
    if (!hasEnded(result)) expect([result.code, result.stderr]).toEqual([1, expect.stringMatching(/Prometheus/)]);
    await prometheus.start();
  }

  return {
    async round(fault) {
      await restore();
      await strike(fault);
      expect(await countKept()).toEqual(kept);
      const report = await harness.nightly.prune({ mode: 'delete' });
      expect(report.days.filter(({ fate }) => fate !== 'deleted')).toMatchObject([{ host: 'web-2', fate: 'kept' }]);
      expect(await countKept()).toEqual(kept);
      for (const [selector, untilMs] of [
        ['node_load1{instance="web-1"}', endMs - dayMs],
        ['{__name__=~"instance.*1m"}', endMs - 7 * dayMs],
      ] as const)
        expect([selector, await count(harness, selector, endMs - 40 * dayMs, untilMs)]).toEqual([selector, 0]);
      expect(report.bytesAfter ?? Infinity).toBeLessThan(1.05 * usual.bytes);
    },
    stop: () => harness.stop(),
  };
}

async function count({ connection }: TierHarness, selector: string, fromMs: number, toMs: number): Promise<number> {
  const expression = `sum(count_over_time(${selector}[${toMs - fromMs}ms]))`;
  return (await queryInstant(connection, { expression, timeMs: toMs }))[0]?.value ?? 0;
}

/** Returns whether the job completed and printed its report. */
function hasEnded({ stdout }: CliResult): boolean {
  return /host days in /.test(stdout);
}

/**
 * Checks that no pushed or scraped sample is lost when Prometheus restarts (SIGTERM, then SIGKILL) after a nightly prune. The
 * newest block of Prometheus holds only out-of-order samples when the prune runs.
 *
 * Prometheus before 2.53 would lose samples if the prune cleaned the tombstones of that block: the restart mistakes the
 * rewritten block for an in-order one and skips its time range in the write-ahead log. The test takes three to eight minutes,
 * because Prometheus has to write real blocks.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  identifySamples,
  type ScrapeTarget,
  seriesAt,
  startScrapeTarget,
  storedSamples,
} from '../support/counted-samples.ts';
import { dayMs } from '../support/month.ts';
import { createRandom } from '../support/random.ts';
import { writeSeries } from '../support/raw-series.ts';
import { expectNoLossByRestart } from '../support/restart-loss.ts';
import { startTierHarness, type TierHarness } from '../support/tier-harness.ts';
import { readBlocks, type TsdbBlock } from '../support/tsdb-blocks.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const hosts = ['web-1', 'web-2', 'web-3'] as const;
/** The prune keeps these series for a day. It deletes `shop_orders_total` after `otherMs`, which leaves tombstones in the newest block. */
const keptNames = ['node_load1', 'node_load5'] as const;
const deletedName = 'shop_orders_total';
const otherMs = 30_000;
const late = { fromMs: 20_000, toMs: 120_000 } as const;
const losesHint = /^2\.([0-4]?\d|5[0-2])\./;
const formationLimitMs = 12 * 60_000;
const scrapedName = 'node_load15';
let target: ScrapeTarget;
let harness: TierHarness;

beforeAll(async () => {
  process.stderr.write(`SEED=${seed}\n`);
  target = await startScrapeTarget(scrapedName);
  harness = await startTierHarness({
    targets: [target.address],
    periods: { rawMs: dayMs, minuteMs: 7 * dayMs, otherMs, lateMs: 0 },
    now: Date.now,
    flags: ['--storage.tsdb.min-block-duration=2m', '--storage.tsdb.max-block-duration=18m'],
  });
}, 60_000);

afterAll(async () => {
  await harness.stop();
  target.stop();
});

test('a restart after the prune loses no sample', async () => {
  const startMs = Date.now();
  const written = await writeUntilNewestIsOutOfOrder(startMs + formationLimitMs);
  const report = await harness.nightly.prune({ mode: 'delete' });
  expect([...new Set(report.days.map(({ tier }) => tier))]).toEqual(['other']);
  process.stderr.write(`cleaning of tombstones: ${report.cleaning?.kind}\n`);
  const fromMs = startMs - late.toMs;
  expect(await storedSamples(harness.connection, fromMs, keptNames)).toEqual(written);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const)
    await expectNoLossByRestart(harness, { signal, pushed: written, pushedNames: keptNames, scrapedName, fromMs });
  // Prometheus before 2.53 would lose samples by the cleaning, so the prune must skip the cleaning there.
  const { version } = (await harness.prometheus.ask('status/buildinfo')) as { readonly version: string };
  expect([version, report.cleaning?.kind]).toEqual([version, losesHint.test(version) ? 'skipped' : 'done']);
}, 1_200_000);

/** Writes samples every second until an out-of-order block is the newest. Returns the samples of `keptNames`. Throws after the limit. */
async function writeUntilNewestIsOutOfOrder(limitMs: number): Promise<readonly string[]> {
  const random = createRandom(seed);
  const written = new Set<string>();
  for (let nowMs = Date.now(); !(await isNewestOutOfOrder()); nowMs = Date.now()) {
    if (nowMs > limitMs) throw new Error('expected an out-of-order block to be the newest within 12 minutes');
    const lateMs = nowMs - late.fromMs - random.below(late.toMs - late.fromMs);
    for (const timeMs of [nowMs, lateMs]) {
      const series = seriesAt(timeMs, hosts, [...keptNames, deletedName]);
      await writeSeries(harness.prometheus.url, series);
      for (const each of series) for (const sample of identifySamples(each)) written.add(sample);
    }
    await sleep(1_000);
  }
  return ofKeptNames([...written]);
}

/** Returns whether an out-of-order block ends after every in-order block and begins early enough for the prune to delete from it. */
async function isNewestOutOfOrder(): Promise<boolean> {
  const reading = await readBlocks(join(harness.folder, 'data'));
  if (reading.kind !== 'read') return false;
  const endMs = (blocks: readonly TsdbBlock[]): number => Math.max(...blocks.map(({ maxTimeMs }) => maxTimeMs));
  const inOrder = reading.blocks.filter(({ isOutOfOrder }) => !isOutOfOrder);
  const newest = reading.blocks.filter(({ isOutOfOrder, maxTimeMs }) => isOutOfOrder && maxTimeMs > endMs(inOrder));
  return inOrder.length > 0 && newest.some(({ minTimeMs }) => minTimeMs < Date.now() - 2 * otherMs);
}

function ofKeptNames(samples: readonly string[]): readonly string[] {
  return samples.filter((sample) => keptNames.some((name) => sample.startsWith(`${name} `))).sort();
}

/**
 * Checks that no pushed or scraped sample is lost when `hostpulse up` restarts Prometheus after a merge of blocks that contain only late
 * samples. Prometheus before 3.14 drops the hint `from-out-of-order` of a merged block (https://github.com/prometheus/prometheus/pull/19016).
 * A starting Prometheus skips the part of the write-ahead log before the end of the newest block without the hint. `up` restores the hint
 * before each start, as this test does.
 *
 * Hosts send current samples, samples that are up to two minutes late, and samples from before the first start, where no in-order
 * block exists. The test stops Prometheus after it has written blocks, three times by SIGTERM and three times by SIGKILL.
 * gateway-compaction.test.ts covers a SIGKILL while Prometheus writes blocks, which loses late samples without the gateway. The test
 * takes five to fifteen minutes, because Prometheus has to write and merge real blocks.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLog } from '../../common/program/log.ts';
import { restoreBlockHints } from '../../stack/data/block-hints.ts';
import { identifySamples, type ScrapeTarget, seriesAt, startScrapeTarget } from '../support/counted-samples.ts';
import { dayMs } from '../support/month.ts';
import { createRandom } from '../support/random.ts';
import { writeSeries } from '../support/raw-series.ts';
import { expectNoLossByRestart } from '../support/restart-loss.ts';
import { startTierHarness, type TierHarness } from '../support/tier-harness.ts';
import { blocksAtRest, readBlocks, type TsdbBlock } from '../support/tsdb-blocks.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const hosts = ['web-1', 'web-2', 'web-3'] as const;
const pushedNames = ['node_load1', 'node_load5'] as const;
const scrapedName = 'node_load15';
const minuteMs = 60_000;
const blocks = { min: '1m', max: '9m' } as const;
/** Delays of late samples, and ages of old samples at the start of the test. The head has the time ranges of the late samples. */
const late = { fromMs: 5_000, toMs: 2 * minuteMs } as const;
const old = { fromMs: 3 * minuteMs, toMs: 30 * minuteMs } as const;
const keepsHint = /^3\.(1[4-9]|[2-9]\d)\./;
const log = createLog({ level: 'info', format: 'logfmt', program: 'test' });
const limitMs = 25 * minuteMs;

let target: ScrapeTarget;
let harness: TierHarness;

beforeAll(async () => {
  process.stderr.write(`SEED=${seed}\n`);
  target = await startScrapeTarget(scrapedName);
  harness = await startTierHarness({
    targets: [target.address],
    periods: { rawMs: dayMs, minuteMs: 7 * dayMs, otherMs: dayMs, lateMs: 0 },
    now: Date.now,
    flags: [`--storage.tsdb.min-block-duration=${blocks.min}`, `--storage.tsdb.max-block-duration=${blocks.max}`],
  });
}, 60_000);

afterAll(async () => {
  await harness.stop();
  target.stop();
});

test(
  'restarts after merges of late blocks lose no sample',
  async () => {
    const startMs = Date.now();
    const random = createRandom(seed);
    const written = new Set<string>();
    const merged = new Map<string, TsdbBlock>();
    let known: readonly string[] = [];

    async function push(): Promise<void> {
      const nowMs = Date.now();
      const lateMs = nowMs - late.fromMs - random.below(late.toMs - late.fromMs);
      const oldMs = startMs - old.fromMs - random.below(old.toMs - old.fromMs);
      for (const timeMs of [nowMs, lateMs, oldMs]) {
        const series = seriesAt(timeMs, hosts, pushedNames);
        await writeSeries(harness.prometheus.url, series);
        for (const each of series) for (const sample of identifySamples(each)) written.add(sample);
      }
    }

    /** Records the merged blocks of late samples as Prometheus wrote them, and returns all of them. */
    function recordMerged(blocks: readonly TsdbBlock[]): readonly TsdbBlock[] {
      // Blocks that end before the start contain only late samples.
      const found = blocks.filter(({ maxTimeMs, sourceCount }) => maxTimeMs <= startMs && sourceCount > 1);
      for (const block of found) if (!merged.has(block.ulid)) merged.set(block.ulid, block);
      return found;
    }

    /** Pushes until the blocks have changed and one block was merged from late blocks only. */
    async function pushUntilMerged(): Promise<void> {
      for (;;) {
        if (Date.now() - startMs > limitMs)
          throw new Error(`expected merged late blocks within ${limitMs / minuteMs} min`);
        await push();
        await sleep(500);
        const reading = await readBlocks(join(harness.folder, 'data'));
        if (reading.kind !== 'read') continue;
        const ulids = reading.blocks.map(({ ulid }) => ulid).sort();
        const isChanged = ulids.join() !== known.join();
        known = ulids;
        if (recordMerged(reading.blocks).length > 0 && isChanged) return;
      }
    }

    async function restoreHints(): Promise<void> {
      const reading = await readBlocks(join(harness.folder, 'data'));
      if (reading.kind === 'unknown') throw new Error(reading.reason);
      recordMerged(reading.blocks);
      restoreBlockHints(join(harness.folder, 'data'), log);
    }

    for (const signal of ['SIGTERM', 'SIGKILL', 'SIGTERM', 'SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
      await pushUntilMerged();
      await blocksAtRest(join(harness.folder, 'data'));
      const fromMs = startMs - old.toMs;
      await expectNoLossByRestart(harness, {
        signal,
        pushed: [...written],
        pushedNames,
        scrapedName,
        fromMs,
        beforeStart: restoreHints,
      });
    }
    const hinted = [...merged.values()].filter(({ isOutOfOrder }) => isOutOfOrder).length;
    const { version } = (await harness.prometheus.ask('status/buildinfo')) as { readonly version: string };
    process.stderr.write(
      `Prometheus ${version}: ${merged.size} merged blocks of late samples, ${hinted} with the hint\n`,
    );
    expect(merged.size).toBeGreaterThan(0);
    expect([version, hinted]).toEqual([version, keepsHint.test(version) ? merged.size : 0]);
  },
  limitMs + 5 * minuteMs,
);

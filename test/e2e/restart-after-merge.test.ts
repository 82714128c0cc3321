/**
 * Checks that `hostpulse up` loses no sample when Prometheus starts after a merge of two blocks of late samples
 * (https://github.com/prometheus/prometheus/pull/19016). test/faults/merged-out-of-order.test.ts does the same with short blocks,
 * scraped samples and six restarts.
 *
 * Prometheus writes a block when the samples in the head cover enough time, so that samples of the last twelve hours create blocks of two
 * hours within seconds. The time of the first sample is in the second half of a range of two hours. Prometheus therefore compacts at the
 * end of the third hour, and again at the next half of a range. Each compaction writes a block of late samples of the newest range.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/process.ts';
import { createPrometheus, type TestPrometheus } from '../support/prometheus.ts';
import { writeSeries } from '../support/raw-series.ts';
import { startStack } from '../support/stack.ts';
import { readBlocks, type TsdbBlock } from '../support/tsdb-blocks.ts';

const [minuteMs, hourMs] = [60_000, 3_600_000];
const rangeMs = 2 * hourMs;
/** Versions of Prometheus that keep the hint of a merged block. */
const keepsHint = /^3\.(1[4-9]|[2-9]\d)\./;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-restart-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each(['SIGTERM', 'SIGKILL'] as const)('a start after %s returns all samples', async (signal) => {
  const prometheus = createPrometheus({
    port: await freePort(),
    folder: join(folder, 'prometheus'),
    config: { storage: { tsdb: { out_of_order_time_window: '30h' } } },
    flags: ['--web.enable-remote-write-receiver'],
  });
  await prometheus.start();
  let written: ReadonlySet<string>;
  try {
    written = await writeUntilMerged(prometheus);
  } finally {
    await prometheus.stop(signal);
  }
  const stack = await startStack({ dataDirectory: folder });
  try {
    const stored = (await stack.askPrometheus(`query?query={__name__=~"seed_.*"}[30h]`)) as Matrix;
    const found = stored.result.flatMap(({ metric, values }) =>
      values.map(([seconds]) => `${metric.__name__} ${Math.round(seconds * 1_000)}`),
    );
    expect(found.sort()).toEqual([...written].sort());
  } finally {
    await stack.remove();
  }
});

interface Matrix {
  readonly result: readonly {
    readonly metric: { readonly __name__: string };
    readonly values: readonly (readonly [number, string])[];
  }[];
}

/** Returns the written samples as `NAME TIME`. Expects a merged block of late samples that ends after the newest in-order block. */
async function writeUntilMerged(prometheus: TestPrometheus): Promise<ReadonlySet<string>> {
  const written = new Set<string>();
  const startMs = Math.floor((Date.now() - 12 * hourMs) / rangeMs) * rangeMs;

  async function write(name: string, fromHours: number, toHours: number, stepMs: number): Promise<void> {
    const points: [number, number][] = [];
    for (let timeMs = startMs + fromHours * hourMs; timeMs < startMs + toHours * hourMs; timeMs += stepMs)
      points.push([timeMs, timeMs / 1_000]);
    for (const [timeMs] of points) written.add(`${name} ${timeMs}`);
    await writeSeries(prometheus.url, [{ labels: { __name__: name }, points }]);
  }

  await write('seed_in_order', 1.75, 4.75, minuteMs);
  await write('seed_late', 4.7, 4.71, minuteMs);
  await write('seed_late', 4.1, 4.6, 2 * minuteMs);
  await write('seed_in_order', 4.75, 4.9, minuteMs);
  await blocksMatch((blocks) => blocks.some(({ isOutOfOrder }) => isOutOfOrder));
  await write('seed_late', 4.1 + 1 / 60, 4.6, 2 * minuteMs);
  await write('seed_in_order', 4.9, 5.2, minuteMs);
  const isMerged = ({ sourceCount }: TsdbBlock): boolean => sourceCount > 1;
  const blocks = await blocksMatch(
    (found) => found.some(isMerged) && !found.some((each) => !isMerged(each) && each.isOutOfOrder),
  );

  const { version } = (await prometheus.ask('status/buildinfo')) as { readonly version: string };
  const inOrderEndMs = Math.max(...blocks.filter((each) => !isMerged(each)).map(({ maxTimeMs }) => maxTimeMs));
  const newest = blocks.filter(({ maxTimeMs }) => maxTimeMs > inOrderEndMs);
  expect([version, newest.map(({ isOutOfOrder }) => isOutOfOrder)]).toEqual([version, [keepsHint.test(version)]]);
  return written;
}

/** Waits until the blocks of Prometheus match, and returns the blocks. */
async function blocksMatch(matches: (blocks: readonly TsdbBlock[]) => boolean): Promise<readonly TsdbBlock[]> {
  return eventually({ what: 'Prometheus has written the blocks', limitMs: 30_000 }, async () => {
    const reading = await readBlocks(join(folder, 'prometheus', 'data'));
    return reading.kind === 'read' && matches(reading.blocks) ? reading.blocks : undefined;
  });
}

/**
 * Runs `hostpulse tiers copy` from a real Prometheus to a real VictoriaMetrics. Interrupts the copy by a signal, continues it, and
 * compares every sample.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runCli, startCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/process.ts';
import { createPrometheus, type TestPrometheus } from '../support/prometheus.ts';
import { seriesKey } from '../support/pushes.ts';
import { sampled, type TestSeries, writeSeries } from '../support/raw-series.ts';
import { createVictoriaMetrics, type TestVictoriaMetrics } from '../support/victoria-metrics.ts';

const folder = mkdtempSync(join(tmpdir(), 'tiers-copy-'));
const endMs = Math.floor(Date.now() / 60_000) * 60_000;
const startMs = endMs - 6 * 3_600_000;
const range = { fromMs: startMs, toMs: endMs - 1, stepMs: 5_000 };

let prometheus: TestPrometheus;
let backend: TestVictoriaMetrics;

/**
 * The series to copy: 40 metrics of 3 hosts for six hours, a host that starts late, and special values. VictoriaMetrics stores
 * decimals, so the values have few digits.
 */
const series: readonly TestSeries[] = [
  ...Array.from({ length: 40 }, (_, index) => index).flatMap((index) =>
    ['web-1', 'web-2', 'web-3'].map((instance) =>
      sampled({ __name__: `copy_${index}`, job: 'node', instance }, range, (timeMs) =>
        instance === 'web-3' && timeMs < startMs + 3 * 3_600_000
          ? undefined
          : Math.round(Math.sin(timeMs / 7e4) * 1e6) / 10 ** (index % 6),
      ),
    ),
  ),
  sampled({ __name__: 'copy_special', job: 'other', instance: 'é"\\' }, { ...range, stepMs: 60_000 }, (timeMs) =>
    timeMs % 120_000 === 0 ? Number.POSITIVE_INFINITY : -0.1,
  ),
];
const total = series.reduce((sum, { points }) => sum + points.length, 0);

beforeAll(async () => {
  prometheus = createPrometheus({
    port: await freePort(),
    folder: join(folder, 'prometheus'),
    config: { storage: { tsdb: { out_of_order_time_window: '30h' } } },
    flags: ['--web.enable-remote-write-receiver'],
  });
  backend = createVictoriaMetrics({ port: await freePort(), folder: join(folder, 'backend') });
  await Promise.all([prometheus.start(), backend.start()]);
  await writeSeries(prometheus.url, series);
}, 120_000);

afterAll(async () => {
  await Promise.all([prometheus.stop('SIGKILL'), backend.stop('SIGKILL')]);
  rmSync(folder, { recursive: true, force: true });
});

const stateFile = join(folder, 'copy.json');

function flags(to: string): readonly string[] {
  const configFile = join(folder, 'gateway.yml');
  writeFileSync(configFile, `prometheus: {url: ${prometheus.url}}\n`);
  const times = ['--start', String(startMs), '--end', String(endMs), '--window', '30m'];
  return ['tiers', 'copy', '--config.file', configFile, '--to', to, ...times, '--state-file', stateFile];
}

/** Returns all samples of VictoriaMetrics by series, as `seriesKey` writes it. Fails when a series has two samples of one time. */
async function stored(): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>> {
  await backend.flush();
  const found = new Map<string, ReadonlyMap<number, number>>();
  for (const [key, points] of await backend.exportSamples('__name__=~"copy_.+"', startMs - 60_000)) {
    found.set(key, new Map(points));
    expect(found.get(key)?.size).toBe(points.length);
  }
  return found;
}

test('an interrupted copy names its state, and the same command completes it', async () => {
  const first = startCli([...flags(`${backend.url}/api/v1/write`)]);
  await eventually({ what: 'some metrics are copied', limitMs: 60_000, pollMs: 5 }, () => {
    if (!existsSync(stateFile)) return undefined;
    return (JSON.parse(readFileSync(stateFile, 'utf8')) as { samples: number }).samples > total / 20 ? true : undefined;
  });
  first.child.kill('SIGINT');
  const stopped = await first.ended;
  expect(stopped.code).toBe(1);
  expect(stopped.stderr).toContain(`the same command continues from ${stateFile}`);
  expect((await stored()).size).toBeGreaterThan(0);

  // The state file contains the progress of the copy to the first target.
  const other = await runCli(flags('http://127.0.0.1:1/api/v1/write'));
  expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('holds the progress of another copy') });

  const second = await runCli(flags(`${backend.url}/api/v1/write`));
  expect(second).toMatchObject({ code: 0, stderr: expect.stringContaining('copy: 100 %') });
  expect(second.stdout).toMatch(new RegExp(`^${total} samples copied from `));
  expect(existsSync(stateFile)).toBe(false);
}, 180_000);

test('the copy contains every sample with its value, and no other series', async () => {
  const found = await stored();
  expect(found.size).toBe(series.length);
  let count = 0;
  for (const { labels, points } of series) {
    const values = found.get(seriesKey(labels));
    const wrong = points.filter(([timeMs, value]) => values?.get(timeMs) !== value);
    expect([labels, wrong.slice(0, 3), values?.size]).toEqual([labels, [], points.length]);
    count += points.length;
  }
  expect(count).toBe(total);
});

test('--match selects the series to copy, and an invalid selector, target or window exits with code 2', async () => {
  const to = `${backend.url}/api/v1/write`;
  const chosen = await runCli([...flags(to), '--match', '{job="other"}']);
  expect(chosen).toMatchObject({ code: 0, stdout: expect.stringMatching(/^360 samples copied/) });
  expect(await runCli([...flags(to), '--match', '{job=~"["}'])).toMatchObject({ code: 2 });
  expect(await runCli([...flags('x')])).toMatchObject({ code: 2, stderr: expect.stringContaining('--to: expected') });
  expect(await runCli([...flags(to), '--window', '5s'])).toMatchObject({ code: 2 });
}, 120_000);

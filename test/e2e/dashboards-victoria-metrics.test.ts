/** VictoriaMetrics accepts every query of every dashboard. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chooseTier } from '../../common/catalogue/tier-choice.ts';
import { quickRanges, tierOff } from '../../common/dashboard/conventions.ts';
import { rangeOf } from '../../console/dashboard/view-state.ts';
import { binaryPath } from '../support/binaries.ts';
import { dashboards } from '../support/dashboards.ts';
import { answerOf, eachOf, evaluate, requestsOf } from '../support/panel-answers.ts';
import { createProgram, freePort, type TestProgram } from '../support/process.ts';
import { sampled, writeSeries } from '../support/raw-series.ts';

const folder = mkdtempSync(join(tmpdir(), 'dashboards-vm-'));
const endMs = Math.floor(Date.now() / 60_000) * 60_000;
const dayMs = 86_400_000;

let url: string;
let server: TestProgram;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  server = createProgram({
    command: binaryPath('victoria-metrics'),
    args: [`-storageDataPath=${folder}`, `-httpListenAddr=127.0.0.1:${port}`, '-retentionPeriod=2'],
    readyUrl: `${url}/health`,
  });
  await server.start();
  const grid = { fromMs: endMs - 30 * dayMs, toMs: endMs, stepMs: 300_000 };
  const watchdog = { __name__: 'ALERTS', alertname: 'Watchdog', alertstate: 'firing' };
  await writeSeries(url, [sampled(watchdog, grid, () => 1)]);
  // Written samples become visible after a moment.
  await fetch(`${url}/internal/force_flush`);
}, 60_000);

afterAll(async () => {
  await server.stop('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

test.each(quickRanges)('$label', async ({ from }) => {
  const range = rangeOf({ from, to: 'now' }, endMs);
  const choice = chooseTier({ startMs: range.fromMs, endMs, nowMs: endMs });
  const asked = await eachOf(dashboards, async (dashboard) => {
    const selection = await evaluate(url, dashboard, range, { instance: ['web-1'] });
    const on = ['raw', '1m', '5m'].filter((tier) => selection.get(`tier_${tier}`)?.selected[0] !== tierOff);
    expect(on).toEqual([choice.ok ? choice.tier.name : undefined]);
    const requests = requestsOf(dashboard, range, selection);
    await eachOf(requests, ({ request }) => answerOf(url, request));
    return requests.length;
  });
  expect(asked.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(100);
});

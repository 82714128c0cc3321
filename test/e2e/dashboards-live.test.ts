/** Every query of every dashboard, one minute after the start, on the exporter of this machine, Prometheus and the default rules. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { quickRanges } from '../../common/dashboard/conventions.ts';
import { rangeOf } from '../../console/dashboard/view-state.ts';
import { builtProgram } from '../support/binaries.ts';
import { dashboards } from '../support/dashboards.ts';
import { eventually } from '../support/eventually.ts';
import { answerOf, eachOf, evaluate, hasNoSource, requestsOf } from '../support/panel-answers.ts';
import { createProgram, freePort, type TestProgram } from '../support/process.ts';
import { createPrometheus, type TestPrometheus } from '../support/prometheus.ts';

const repository = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'dashboards-live-'));

let exporter: TestProgram;
let prometheus: TestPrometheus;

/** The default rules with shorter intervals, so that the test does not wait five minutes. */
function quickRules(): Readonly<Record<string, string>> {
  const names = readdirSync(join(repository, 'rules')).filter((name) => name.endsWith('.rules.yml'));
  const always = {
    alert: 'AlwaysTrue',
    expr: 'up{job="node"} == 1',
    labels: { severity: 'warning', device: 'x', mountpoint: '/' },
  };
  return {
    ...Object.fromEntries(
      names.map((name) => {
        const text = readFileSync(join(repository, 'rules', name), 'utf8');
        return [name, text.replaceAll(/^( +interval:) \w+$/gm, '$1 3s')];
      }),
    ),
    'always.rules.yml': JSON.stringify({ groups: [{ name: 'always', rules: [always] }] }),
  };
}

beforeAll(async () => {
  const address = `127.0.0.1:${await freePort()}`;
  exporter = createProgram({
    command: process.execPath,
    args: [builtProgram, 'exporter', `--web.listen-address=${address}`],
    readyUrl: `http://${address}/-/healthy`,
  });
  prometheus = createPrometheus({
    port: await freePort(),
    folder,
    config: {
      global: { scrape_interval: '1s', evaluation_interval: '3s' },
      scrape_configs: [{ job_name: 'node', static_configs: [{ targets: [address], labels: { instance: 'live' } }] }],
    },
    rules: quickRules(),
  });
  await Promise.all([exporter.start(), prometheus.start()]);
  // The last recording rule has written, and so have peaks of rates, which need samples of a few seconds more; and raw samples are
  // older than the last multiple of 30 s, the step of 6 hours.
  const written = ['instance:network_connections_time_wait:avg5m', 'instance:cpu_usage_total:max5m']
    .map((name) => `count_over_time(${name}[5m]) >= 2`)
    .join(' and on (instance) ');
  await eventually({ what: 'samples of every tier', limitMs: 150_000, pollMs: 1_000 }, async () => {
    const multiple = Math.floor(Date.now() / 30_000) * 30;
    const query = encodeURIComponent(`${written} and on (instance) up @ ${multiple - 5}`);
    const { result } = (await prometheus.ask(`query?query=${query}`)) as { result: unknown[] };
    return result.length > 0 ? true : undefined;
  });
}, 180_000);

afterAll(async () => {
  await prometheus.stop('SIGTERM');
  await exporter.stop('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const ofOptionalCollectors: ReadonlySet<string> = new Set(['hostpulse-workloads', 'hostpulse-hardware']);

describe.each(quickRanges)('$label', ({ from }) => {
  test.each(dashboards.map((dashboard) => [dashboard.uid, dashboard] as const))(
    '%s: no query is empty',
    async (_, dashboard) => {
      const range = rangeOf({ from, to: 'now' }, Date.now());
      const selection = await evaluate(prometheus.url, dashboard, range);
      expect(selection.get('instance')?.options).toEqual(['live']);
      const asked = requestsOf(dashboard, range, selection);
      expect(asked.length).toBeGreaterThanOrEqual(7);
      const answered = await eachOf(asked, ({ request }) => answerOf(prometheus.url, request));
      const empty = asked.filter((_each, index) => answered[index]?.series.length === 0);
      const faulty = await eachOf(empty, async ({ name, request }) =>
        (await hasNoSource(prometheus.url, request.query, range)) ? [] : [name],
      );
      expect(faulty.flat()).toEqual([]);
      // A machine may lack some families, not most of them. Most collectors of these dashboards are off.
      if (!ofOptionalCollectors.has(dashboard.uid)) expect(empty.length).toBeLessThan(asked.length / 2);
    },
  );
});

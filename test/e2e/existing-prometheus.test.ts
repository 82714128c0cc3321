/**
 * `hostpulse rules generate` for a Prometheus that scrapes a real node_exporter every 15 s under another job: its recorded series,
 * its alerts, and every query of its dashboards.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { metrics, operationsOf, recordingName } from '../../common/catalogue/metrics.ts';
import { recordedTierNames } from '../../common/catalogue/tiers.ts';
import { parseDashboard } from '../../console/dashboard/parse-dashboard.ts';
import { rangeOf } from '../../console/dashboard/view-state.ts';
import { type CliResult, runCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { type NodeExporter, startNodeExporter } from '../support/node-exporter.ts';
import { answerOf, eachOf, evaluate, hasNoSource, requestsOf } from '../support/panel-answers.ts';
import { freePort } from '../support/process.ts';
import { createPrometheus, type TestPrometheus } from '../support/prometheus.ts';

const folder = mkdtempSync(join(tmpdir(), 'existing-prometheus-'));
const output = join(folder, 'hostpulse-rules');
const job = 'kubernetes/node-exporter';

let nodeExporter: NodeExporter;
let prometheus: TestPrometheus;
let generated: CliResult;

function read(part: string): Readonly<Record<string, string>> {
  const names = readdirSync(join(output, part)).filter((name) => !name.endsWith('.test.yaml'));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(output, part, name), 'utf8')]));
}

/** The written rules with shorter intervals of evaluation, so that the test does not wait five minutes. */
function quickRules(): Readonly<Record<string, string>> {
  const texts = Object.entries(read('rules'));
  return Object.fromEntries(texts.map(([name, text]) => [name, text.replaceAll(/^( +interval:) \w+$/gm, '$1 5s')]));
}

const collectors = 'cpu loadavg meminfo filesystem diskstats netdev sockstat netstat time uname os stat'.split(' ');

beforeAll(async () => {
  const flags = ['--scrape-interval', '15s', '--job', '.*node-exporter', '--format', 'prometheusrule'];
  generated = await runCli(['rules', 'generate', ...flags, '--output-dir', output]);
  nodeExporter = await startNodeExporter(collectors.map((name) => `--collector.${name}`));
  const scraped = (job_name: string) => ({ job_name, static_configs: [{ targets: [nodeExporter.address] }] });
  prometheus = createPrometheus({
    port: await freePort(),
    folder: join(folder, 'prometheus'),
    config: {
      global: { scrape_interval: '15s', evaluation_interval: '15s' },
      scrape_configs: [scraped(job), scraped('another')],
    },
    rules: quickRules(),
  });
  await prometheus.start();
  const written = ['instance:network_connections_time_wait:avg5m', 'instance:cpu_usage_total:max5m']
    .map((name) => `count_over_time(${name}[5m]) >= 2`)
    .join(' and on (instance) ');
  await eventually({ what: 'samples of every tier', limitMs: 150_000, pollMs: 1_000 }, async () => {
    const multiple = Math.floor(Date.now() / 30_000) * 30;
    const query = encodeURIComponent(`${written} and on (instance) up @ ${multiple - 20}`);
    const { result } = (await prometheus.ask(`query?query=${query}`)) as { result: unknown[] };
    return result.length > 0 ? true : undefined;
  });
}, 200_000);

afterAll(async () => {
  await prometheus.stop('SIGTERM');
  await nodeExporter.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

async function vector(query: string): Promise<readonly { readonly metric: Readonly<Record<string, string>> }[]> {
  const { result } = (await prometheus.ask(`query?query=${encodeURIComponent(query)}`)) as {
    result: { metric: Readonly<Record<string, string>> }[];
  };
  return result;
}

test('the command names the written files', () => {
  expect(generated).toMatchObject({ code: 0, stderr: '' });
  const files = generated.stdout.trim().split('\n');
  expect(files).toHaveLength(15);
  expect(files).toEqual(
    expect.arrayContaining([join(output, 'prometheusrule.yaml'), join(output, 'dashboards/host.json')]),
  );
});

test('every series is recorded, of the chosen job alone', async () => {
  const recorded = await vector('count by (__name__, job) (last_over_time({__name__=~".+:(avg|max)[15]m"}[5m]))');
  expect(new Set(recorded.map(({ metric }) => metric['job']))).toEqual(new Set([job]));
  const names = new Set(recorded.map(({ metric }) => metric['__name__']));
  const missing = metrics
    .filter(({ name }) => !name.startsWith('swap.usage') && !name.startsWith('disk.inode'))
    .flatMap((metric) =>
      recordedTierNames.flatMap((tier) =>
        operationsOf(metric).map((operation) => recordingName(metric, operation, tier)),
      ),
    )
    .filter((name) => !names.has(name));
  // A machine may lack swap or IPv6, not a metric of every host.
  expect(missing).toEqual([]);
});

test('Watchdog fires, HostDown does not', async () => {
  const firing = (await vector('ALERTS{alertstate="firing"}')).map(({ metric }) => metric['alertname']);
  expect(firing).toContain('Watchdog');
  expect(firing).not.toContain('HostDown');
});

describe.each(['now-5m', 'now-1h', 'now-6h', 'now-7d', 'now-30d'])('from %s', (from) => {
  test('every query of every dashboard has data', async () => {
    const boards = Object.values(read('dashboards')).map((text) => parseDashboard(JSON.parse(text)));
    expect(boards).toHaveLength(8);
    const range = rangeOf({ from, to: 'now' }, Date.now());
    // node_exporter has neither workloads nor SMART and GPUs.
    for (const board of boards.filter(({ uid }) => !/hardware|workloads/.test(uid))) {
      const selection = await evaluate(prometheus.url, board, range);
      expect(selection.get('job')?.options).toEqual([job]);
      const asked = requestsOf(board, range, selection);
      expect(asked.length).toBeGreaterThanOrEqual(7);
      const answered = await eachOf(asked, ({ request }) => answerOf(prometheus.url, request));
      const empty = asked.filter((_each, index) => answered[index]?.series.length === 0);
      const faulty = await eachOf(empty, async ({ name, request }) =>
        (await hasNoSource(prometheus.url, request.query, range)) || /alert/i.test(name) ? [] : [name],
      );
      expect(faulty.flat()).toEqual([]);
      expect(empty.length).toBeLessThan(asked.length / 2);
    }
  }, 60_000);
});

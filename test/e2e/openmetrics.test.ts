/** A real Prometheus scrapes the exporter in OpenMetrics, compressed, and stores the samples of the text format. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CliProcess, startCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/process.ts';
import { createPrometheus, type TestPrometheus } from '../support/prometheus.ts';

interface Exchange {
  readonly accept: string | undefined;
  readonly contentType: string | undefined;
  readonly encoding: string | undefined;
}

let exporter: CliProcess;
let exporterPort = 0;
let proxy: Server;
let prometheus: TestPrometheus;
const folder = mkdtempSync(join(tmpdir(), 'hostpulse-openmetrics-'));
const exchanges: Exchange[] = [];

beforeAll(async () => {
  exporter = startCli(['exporter', '--web.listen-address=127.0.0.1:0']);
  const [, port = ''] = await exporter.said(/address=127\.0\.0\.1:(\d+) msg=listening/);
  exporterPort = Number(port);
  const proxyPort = await freePort();
  proxy = createServer(({ headers }, response) => {
    const options = { port: exporterPort, path: '/metrics', headers };
    request(options, (answer) => {
      const { 'content-type': contentType, 'content-encoding': encoding } = answer.headers;
      exchanges.push({ accept: headers.accept, contentType, encoding });
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    }).end();
  }).listen(proxyPort, '127.0.0.1');
  prometheus = createPrometheus({
    port: await freePort(),
    folder,
    config: {
      global: { scrape_interval: '1s' },
      scrape_configs: [{ job_name: 'node', static_configs: [{ targets: [`127.0.0.1:${proxyPort}`] }] }],
    },
  });
  await prometheus.start();
}, 120_000);

afterAll(async () => {
  await prometheus.stop('SIGTERM');
  proxy.closeAllConnections();
  proxy.close();
  exporter.child.kill();
  await exporter.ended;
  rmSync(folder, { recursive: true });
});

/** Returns the names of the series that a query selects. */
async function namesOf(query: string): Promise<readonly (string | undefined)[]> {
  const answer = (await prometheus.ask(`query?query=${encodeURIComponent(query)}`)) as {
    readonly result: readonly { readonly metric: Readonly<Record<string, string>> }[];
  };
  return answer.result.map(({ metric }) => metric['__name__']);
}

test('Prometheus negotiates OpenMetrics and gzip', async () => {
  await eventually({ what: 'a scrape', limitMs: 30_000 }, async () =>
    (await namesOf('up == 1')).length === 1 ? true : undefined,
  );
  expect(exchanges.length).toBeGreaterThan(0);
  for (const { accept, contentType, encoding } of exchanges) {
    expect(accept).toContain('application/openmetrics-text');
    expect(contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(encoding).toBe('gzip');
  }
}, 60_000);

test('Prometheus stores every series of the text format', async () => {
  const page = await (await fetch(`http://127.0.0.1:${exporterPort}/metrics`)).text();
  const names = new Set(
    [...page.matchAll(/^([a-z][a-zA-Z0-9_]*)(?:\{.*\})? \S+$/gm)].map(([, name]) => name as string),
  );
  expect(names.size).toBeGreaterThan(100);
  const stored = await namesOf('count by (__name__) ({__name__=~"node_.*|hostpulse_.*|process_.*"})');
  expect([...names].filter((name) => !stored.includes(name))).toEqual([]);
}, 60_000);

test('Prometheus knows the units and the types', async () => {
  const metadata = (await prometheus.ask('targets/metadata?limit=2000')) as readonly Readonly<Record<string, string>>[];
  const facts = new Map(metadata.map(({ metric, type, unit }) => [metric, [type, unit]]));
  expect(facts.get('node_boot_time_seconds')).toEqual(['gauge', 'seconds']);
  expect(facts.get('node_memory_MemTotal_bytes')).toEqual(['gauge', 'bytes']);
  expect(facts.get('node_cpu_seconds') ?? facts.get('node_cpu_seconds_total')).toEqual(['counter', 'seconds']);
  expect(facts.get('node_netstat_Tcp_InSegs')?.[0]).toBe('unknown');
});

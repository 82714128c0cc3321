/**
 * Measures how many hosts one machine carries. Runs gateway and Prometheus with the rules of rules/, while fleets of several sizes push
 * by remote write every 5 s. Prints the CPU and memory of both programs, the disk space a day, and latencies.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../common/program/package.ts';
import { runFleet } from './ingest/fleet.ts';
import { programFlag, readFlags } from './measure/flags.ts';
import type { ProcessCost } from './measure/process-cost.ts';
import type { RunningProgram } from './measure/program.ts';
import { type RunningGateway, startGateway, startPrometheus } from './measure/servers.ts';
import { printRow, quantile } from './measure/statistics.ts';

const flags = readFlags('scale', {
  hosts: ['100,1000,3000', 'sizes of the fleet'],
  series: [300, 'series of each host'],
  seconds: [120, 'duration of each measurement'],
  ...programFlag,
});

const warmUpSeconds = 20;

/** Columns of the table, in order. */
const columns: readonly (readonly [head: string, unit: string])[] = [
  ['hosts', ''],
  ['samples/s', ''],
  ['gateway', 'cores'],
  ['Prometheus', 'cores'],
  ['gateway', 'MiB'],
  ['Prometheus', 'MiB'],
  ['disk', 'GB/day'],
  ['push', 'p99 ms'],
  ['visible', 'p99 ms'],
  ['current', 'p99 ms'],
  ['load', ''],
];

const prometheusConfig = {
  global: { scrape_interval: '5s', evaluation_interval: '15s' },
  storage: { tsdb: { out_of_order_time_window: '30h' } },
  rule_files: [join(packageRoot(), 'rules', '*.rules.yml')],
};

/** Number of samples that a series has in a day. */
const samplesPerDay = 86_400 / 5;

async function main(): Promise<void> {
  const bytesPerSample = await measureBytesPerSample();
  process.stdout.write(`${bytesPerSample.toFixed(2)} bytes a sample in blocks of Prometheus\n`);
  print(columns.map(([head]) => head));
  print(columns.map(([, unit]) => unit));
  for (const hosts of flags.hosts.split(',').map(Number)) print(await measureFleet(hosts, bytesPerSample));
}

function print(cells: readonly string[]): void {
  printRow(cells, [10], 12);
}

/** Returns the cells of a row. */
async function measureFleet(hosts: number, bytesPerSample: number): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-bench-'));
  const prometheus = await startPrometheus({ folder: join(folder, 'prometheus'), config: prometheusConfig });
  const gateway = await startGateway({
    program: flags.program,
    folder: join(folder, 'gateway'),
    prometheusUrl: prometheus.url,
    scope: 'admin',
  });
  try {
    const fleet = {
      url: gateway.url,
      key: gateway.key,
      protocol: 'remote_write',
      hosts,
      seriesPerHost: flags.series,
      instantsPerPush: 1,
      pace: { kind: 'paced' },
    } as const;
    await runFleet({ ...fleet, seconds: warmUpSeconds });
    const meters = [gateway, prometheus].map(startMeter);
    const fleetEnd = new AbortController();
    const [report, { visibleMs, currentMs }] = await Promise.all([
      runFleet({ ...fleet, seconds: flags.seconds }).finally(() => fleetEnd.abort()),
      probe(gateway, prometheus, fleetEnd.signal),
    ]);
    const costs = meters.map((read) => read());
    return [
      String(hosts),
      (report.acceptedSamples / report.seconds).toFixed(0),
      ...costs.map(({ cpuSeconds }) => (cpuSeconds / report.seconds).toFixed(2)),
      ...costs.map(({ rssBytes }) => (rssBytes / 2 ** 20).toFixed(0)),
      ((hosts * flags.series * samplesPerDay * bytesPerSample) / 1e9).toFixed(1),
      report.p99Ms.toFixed(0),
      quantile(visibleMs, 0.99).toFixed(0),
      quantile(currentMs, 0.99).toFixed(0),
      (loadavg()[0] as number).toFixed(1),
    ];
  } finally {
    await gateway.stop();
    await prometheus.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns a function that returns the CPU time since the call of `startMeter`, and the current memory. */
function startMeter(program: RunningProgram): () => Pick<ProcessCost, 'cpuSeconds' | 'rssBytes'> {
  const before = program.cost();
  return () => {
    const { cpuSeconds, rssBytes } = program.cost();
    return { cpuSeconds: cpuSeconds - before.cpuSeconds, rssBytes };
  };
}

/**
 * Every two seconds, pushes a sample, waits until Prometheus returns the sample, and reads the current values of all hosts. Returns the
 * durations after the signal is aborted.
 */
async function probe(gateway: RunningGateway, prometheus: RunningProgram, signal: AbortSignal) {
  const [visibleMs, currentMs]: [number[], number[]] = [[], []];
  const headers = { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' };
  while (!signal.aborted) {
    const timestamp = Date.now();
    const body = JSON.stringify({ host: 'probe', metrics: [{ name: 'bench.probe', value: timestamp, timestamp }] });
    const startMs = performance.now();
    const pushed = await fetch(`${gateway.url}/api/v1/metrics/collect`, { method: 'POST', headers, body });
    if (pushed.status !== 202)
      throw new Error(`push of the probe: expected status 202, got ${pushed.status}: ${await pushed.text()}`);
    const query = new URLSearchParams({ query: `hostpulse_bench_probe == ${timestamp}` });
    while (!(await getText(`${prometheus.url}/api/v1/query?${query.toString()}`)).includes('"probe"')) {
      if (performance.now() - startMs > 60_000) throw new Error('Prometheus did not return the probe within a minute');
      await sleep(10);
    }
    visibleMs.push(performance.now() - startMs);
    const readMs = performance.now();
    await getText(`${gateway.url}/api/v1/metrics/current`, headers);
    currentMs.push(performance.now() - readMs);
    await sleep(2_000);
  }
  return { visibleMs, currentMs };
}

/** Throws for another status than 200. */
async function getText(url: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const response = await fetch(url, { headers });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`GET ${url}: expected status 200, got ${response.status}: ${text}`);
  return text;
}

/** Writes hours of a few hosts. Returns the size of the blocks with their indexes, divided by the number of samples. */
async function measureBytesPerSample(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-bench-'));
  const prometheus = await startPrometheus({ folder, flags: ['--web.enable-admin-api'] });
  try {
    const report = await runFleet({
      url: prometheus.url,
      protocol: 'remote_write',
      hosts: 10,
      seriesPerHost: flags.series,
      seconds: 15,
      instantsPerPush: 60,
      pace: { kind: 'saturated', inFlight: 10 },
    });
    const snapshot = await fetch(`${prometheus.url}/api/v1/admin/tsdb/snapshot`, { method: 'POST' });
    if (!snapshot.ok) throw new Error(`snapshot of Prometheus: status ${snapshot.status}`);
    return sizeOf(join(folder, 'data', 'snapshots')) / report.acceptedSamples;
  } finally {
    await prometheus.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function sizeOf(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

await main();

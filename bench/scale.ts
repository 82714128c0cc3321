/**
 * Measures what one machine carries: gateway and Prometheus with the rules of rules/, and fleets of several sizes that push
 * by remote write every 5 s. Prints CPU and memory of each program, disk a day, and latencies.
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

const heads = [
  'samples/s',
  'gateway',
  'Prometheus',
  'gateway',
  'Prometheus',
  'disk',
  'push',
  'visible',
  'current',
  'load',
];
const units = ['', 'cores', 'cores', 'MiB', 'MiB', 'GB/day', 'p99 ms', 'p99 ms', 'p99 ms', ''];
const widths = [10];

async function main(): Promise<void> {
  const bytesPerSample = await measureBytesPerSample();
  process.stdout.write(`${bytesPerSample.toFixed(2)} bytes a sample in blocks of Prometheus\n`);
  printRow(['hosts', ...heads], widths, 12);
  printRow(['', ...units], widths, 12);
  for (const hosts of flags.hosts.split(',').map(Number))
    printRow(await measureFleet(hosts, bytesPerSample), widths, 12);
}

async function measureFleet(hosts: number, bytesPerSample: number): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-bench-'));
  const prometheus = await startPrometheus({ folder: join(folder, 'prometheus'), config: prometheusConfig });
  const gateway = await startGateway({
    program: flags.program,
    folder: join(folder, 'gateway'),
    prometheusUrl: prometheus.url,
    scope: 'admin',
    flags: ['--limit.hosts-per-key=100000', '--limit.series-per-key=10000000'],
  });
  try {
    const load = {
      url: gateway.url,
      key: gateway.key,
      protocol: 'remote_write',
      hosts,
      seriesPerHost: flags.series,
    } as const;
    const pace = { instantsPerPush: 1, pace: { kind: 'paced' } } as const;
    await runFleet({ ...load, ...pace, seconds: 20 });
    const before = [gateway.cost(), prometheus.cost()] as const;
    const probing = new AbortController();
    const probes = probe(gateway, prometheus, probing.signal);
    const report = await runFleet({ ...load, ...pace, seconds: flags.seconds });
    probing.abort();
    const { visibleMs, currentMs } = await probes;
    const after = [gateway.cost(), prometheus.cost()] as const;
    const rate = report.acceptedSamples / report.seconds;
    return [
      String(hosts),
      rate.toFixed(0),
      ...[0, 1].map((at) => cores(before[at] as ProcessCost, after[at] as ProcessCost, report.seconds)),
      ...after.map(({ rssBytes }) => (rssBytes / 2 ** 20).toFixed(0)),
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

/** The samples of a series in the raw tier, which is kept for a day. */
const samplesPerDay = 86_400 / 5;

const prometheusConfig = {
  global: { scrape_interval: '5s', evaluation_interval: '15s' },
  storage: { tsdb: { out_of_order_time_window: '30h' } },
  rule_files: [join(packageRoot(), 'rules', '*.rules.yml')],
};

function cores(before: ProcessCost, after: ProcessCost, seconds: number): string {
  return ((after.cpuSeconds - before.cpuSeconds) / seconds).toFixed(2);
}

/** Pushes a sample, waits until Prometheus returns it, and reads the current values of all hosts, every two seconds. */
async function probe(gateway: RunningGateway, prometheus: RunningProgram, signal: AbortSignal) {
  const [visibleMs, currentMs]: [number[], number[]] = [[], []];
  const headers = { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' };
  while (!signal.aborted) {
    const timestamp = Date.now();
    const body = JSON.stringify({ host: 'probe', metrics: [{ name: 'bench.probe', value: timestamp, timestamp }] });
    const startMs = performance.now();
    const pushed = await fetch(`${gateway.url}/api/v1/metrics/collect`, { method: 'POST', headers, body });
    if (pushed.status !== 202) throw new Error(`the probe was answered ${pushed.status}: ${await pushed.text()}`);
    const query = encodeURIComponent(`hostpulse_bench_probe == ${timestamp}`);
    while (!(await (await fetch(`${prometheus.url}/api/v1/query?query=${query}`)).text()).includes('"probe"')) {
      if (performance.now() - startMs > 60_000) throw new Error('the probe was not visible within a minute');
      await sleep(10);
    }
    visibleMs.push(performance.now() - startMs);
    const readMs = performance.now();
    const current = await fetch(`${gateway.url}/api/v1/metrics/current`, { headers });
    await current.arrayBuffer();
    if (current.status !== 200) throw new Error(`current values were answered ${current.status}`);
    currentMs.push(performance.now() - readMs);
    await sleep(2_000);
  }
  return { visibleMs, currentMs };
}

/** Writes hours of a few hosts and returns the size of the blocks for each sample, indexes included. */
async function measureBytesPerSample(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-bench-'));
  const prometheus = await startPrometheus({ folder, flags: ['--web.enable-admin-api'] });
  try {
    const pace = { kind: 'saturated', inFlight: 10 } as const;
    const size = { hosts: 10, seriesPerHost: flags.series, seconds: 15, instantsPerPush: 60 };
    const report = await runFleet({ url: prometheus.url, protocol: 'remote_write', ...size, pace });
    const answer = await fetch(`${prometheus.url}/api/v1/admin/tsdb/snapshot`, { method: 'POST' });
    if (!answer.ok) throw new Error(`snapshot: status ${answer.status}`);
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

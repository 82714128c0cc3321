/**
 * Compares the gateway with vmagent on the same samples, saturated and paced. Then pushes into Prometheus and counts the
 * samples there. Prints rates, latencies, CPU per sample, memory and lost samples.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FleetOptions, type FleetReport, runFleet } from './ingest/fleet.ts';
import type { FleetProtocol } from './ingest/fleet-bodies.ts';
import { fleetSeries } from './ingest/fleet-series.ts';
import { programFlag, readFlags } from './measure/flags.ts';
import { findProgram, type RunningProgram, startProgram } from './measure/program.ts';
import { startGateway, startPrometheus } from './measure/servers.ts';
import { printRow } from './measure/statistics.ts';

const flags = readFlags('gateway', {
  hosts: [1_000, 'number of hosts'],
  series: [300, 'series of each host'],
  seconds: [20, 'duration of each measurement'],
  only: ['all', 'saturated, paced, backlog or prometheus'],
  json: [false, 'one JSON document instead of tables'],
  ...programFlag,
});

/** A receiver of the fleet's pushes. */
interface Receiver extends RunningProgram {
  readonly key?: string;
}

interface Row extends FleetReport {
  readonly part: string;
  readonly subject: string;
  readonly cpuMicrosPerSample: number;
  readonly rssMiB: number;
  /** Only with Prometheus: time from the last push until the queue was empty, and samples that are missing. */
  readonly lagSeconds?: number;
  readonly lost?: number;
}

type Load = Pick<FleetOptions, 'hosts' | 'seriesPerHost' | 'seconds' | 'instantsPerPush' | 'pace'>;

async function measure(part: string, receiver: Receiver, protocol: FleetProtocol, load: Load): Promise<Row> {
  const { url, key } = receiver;
  const target = { url, key, protocol };
  await runFleet({ ...target, ...load, hosts: Math.min(50, load.hosts), seconds: warmUpSeconds, pace: saturated });
  if (load.pace.kind === 'paced') await runFleet({ ...target, ...load, seconds: pacedWarmUpSeconds });
  await sleep(500);
  // Accepted samples are still being forwarded when the fleet ends.
  return push(part, receiver, { protocol, load }, () => sleep(1_000));
}

/** Runs the fleet, and `settle` before the costs are read. */
async function push(
  part: string,
  receiver: Receiver,
  { protocol, load }: { readonly protocol: FleetProtocol; readonly load: Load },
  settle: () => Promise<unknown>,
): Promise<Row> {
  const before = receiver.cost();
  const report = await runFleet({ url: receiver.url, key: receiver.key, protocol, ...load });
  await settle();
  const after = receiver.cost();
  return {
    ...report,
    part,
    subject: `${receiver.name} (${protocol})`,
    cpuMicrosPerSample: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / report.acceptedSamples,
    rssMiB: after.rssBytes / 2 ** 20,
  };
}

const saturated = { kind: 'saturated', inFlight: 256 } as const;
/** Before each measurement, so that the cost of compiling the code is not counted. */
const warmUpSeconds = 5;
/** Longer, as V8 compiles hot code later at 200 pushes per second. */
const pacedWarmUpSeconds = 20;

async function main(): Promise<void> {
  const size = { hosts: flags.hosts, seriesPerHost: flags.series, seconds: flags.seconds };
  const loads = {
    saturated: { ...size, instantsPerPush: 1, pace: saturated },
    paced: { ...size, instantsPerPush: 1, pace: { kind: 'paced' } },
    backlog: { ...size, instantsPerPush: 60, pace: saturated },
  } as const satisfies Readonly<Record<string, Load>>;
  const rows: Row[] = [];
  const show = (row: Row): void => {
    rows.push(row);
    if (!flags.json) printRow(cellsOf(row), leftWidths, 14);
  };
  if (!flags.json) printRow(heads, leftWidths, 14);
  const isWanted = (part: string): boolean => ['all', part].includes(flags.only);
  for (const [part, load] of Object.entries(loads)) if (isWanted(part)) await compare(part, load, show);
  if (isWanted('prometheus')) {
    await intoPrometheus('direct ceiling', { protocol: 'remote_write', load: loads.saturated }, show);
    for (const part of ['saturated', 'paced'] as const)
      await intoPrometheus(part, { protocol: 'json', load: loads[part] }, show);
  }
  process.stdout.write(flags.json ? `${JSON.stringify({ rows }, null, 2)}\n` : renderRatios(rows));
  if (rows.some(({ lost = 0 }) => lost !== 0)) process.exitCode = 1;
}

/** Measures gateway and vmagent in front of a receiver that discards samples, and the receiver alone. */
async function compare(part: string, load: Load, show: (row: Row) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-bench-'));
  const target = await startNullReceiver();
  try {
    const subjects: readonly (readonly [FleetProtocol, () => Promise<Receiver>])[] = [
      ['remote_write', () => Promise.resolve(target)],
      ['remote_write', () => startVmagent(folder, target.url)],
      ['remote_write', () => startPushGateway(join(folder, 'write'), target.url)],
      ['json', () => startPushGateway(join(folder, 'json'), target.url)],
    ];
    for (const [protocol, start] of subjects) {
      const receiver = await start();
      try {
        show(await measure(part, receiver, protocol, load));
      } finally {
        if (receiver !== target) await receiver.stop();
      }
    }
  } finally {
    await target.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function startPushGateway(folder: string, prometheusUrl: string): Promise<Receiver> {
  const limit = ['--limit.collect-requests=100000'];
  return startGateway({ program: flags.program, folder, prometheusUrl, scope: 'push', flags: limit });
}

function startVmagent(folder: string, targetUrl: string): Promise<Receiver> {
  return startProgram({
    name: 'vmagent',
    command: findProgram('vmagent'),
    args: [`-remoteWrite.url=${targetUrl}/api/v1/write`, `-remoteWrite.tmpDataPath=${join(folder, 'vmagent')}`],
    listen: (port) => `-httpListenAddr=127.0.0.1:${port}`,
    readyPath: '/health',
  });
}

function startNullReceiver(): Promise<Receiver> {
  const program = join(import.meta.dirname, 'ingest', `null-receiver${extname(import.meta.filename)}`);
  const spec = { name: 'null receiver', command: process.execPath, args: [program] };
  return startProgram({ ...spec, listen: String, readyPath: '/' });
}

/** Pushes into Prometheus, remote write directly and JSON through the gateway, and counts the accepted samples there. */
async function intoPrometheus(
  part: string,
  pushed: { readonly protocol: FleetProtocol; readonly load: Load },
  show: (row: Row) => void,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-bench-'));
  const config = { storage: { tsdb: { out_of_order_time_window: '30h' } } };
  const prometheus = await startPrometheus({ folder, config });
  const isDirect = pushed.protocol === 'remote_write';
  const receiver = isDirect ? prometheus : await startPushGateway(join(folder, 'gateway'), prometheus.url);
  try {
    let lagSeconds = 0;
    const row = await push(`Prometheus, ${part}`, receiver, pushed, async () => {
      const endMs = Date.now();
      if (!isDirect) await queueIsEmpty(receiver.url);
      lagSeconds = (Date.now() - endMs) / 1_000;
    });
    const stored = await countStored(prometheus.url, pushed.load.seriesPerHost, row);
    show({ ...row, lagSeconds, lost: row.acceptedSamples - stored });
  } finally {
    if (!isDirect) await receiver.stop();
    await prometheus.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function queueIsEmpty(url: string): Promise<void> {
  for (let tries = 0; tries < 6_000; tries++) {
    const text = await (await fetch(`${url}/metrics`)).text();
    if (/^hostpulse_gateway_queue_batches 0$/m.test(text)) return;
    await sleep(50);
  }
  throw new Error('the queue did not become empty within five minutes');
}

/** Counts by metric name: PromQL's count would merge series that differ only in their names. */
async function countStored(url: string, seriesPerHost: number, { fromMs, toMs }: FleetReport): Promise<number> {
  let stored = 0;
  for (const name of new Set(fleetSeries(seriesPerHost).map((series) => series.name))) {
    const selector = `${name}{job="node"}`;
    const query = `sum(count_over_time(${selector}[${toMs - fromMs + 2}ms]))`;
    const parameters = new URLSearchParams({ query, time: String((toMs + 1) / 1_000), timeout: '120s' });
    const response = await fetch(`${url}/api/v1/query`, { method: 'POST', body: parameters });
    const body = (await response.json()) as {
      readonly data?: { readonly result: readonly { readonly value: readonly [number, string] }[] };
      readonly error?: string;
    };
    if (body.data === undefined) throw new Error(`counting what is stored: ${body.error}`);
    stored += Number(body.data.result[0]?.value[1] ?? 0);
  }
  return stored;
}

const leftWidths = [28, 30];
const heads = [
  'part',
  'subject',
  'samples/s',
  'p50 ms',
  'p99 ms',
  'CPU us/sample',
  'RSS MiB',
  'failures',
  'lag s',
  'lost',
];

function cellsOf(row: Row): readonly string[] {
  return [
    row.part,
    row.subject,
    (row.acceptedSamples / row.seconds).toFixed(0),
    row.p50Ms.toFixed(1),
    row.p99Ms.toFixed(1),
    row.cpuMicrosPerSample.toFixed(2),
    row.rssMiB.toFixed(0),
    String(row.failures),
    row.lagSeconds?.toFixed(1) ?? '',
    row.lost === undefined ? '' : String(row.lost),
  ];
}

/** Returns the CPU per sample relative to vmagent's in the same part. */
function renderRatios(rows: readonly Row[]): string {
  let text = '\n';
  for (const row of rows) {
    const peer = rows.find(({ part, subject }) => part === row.part && subject.startsWith('vmagent'));
    if (peer === undefined || !row.subject.startsWith('gateway')) continue;
    text += `${row.part}: ${row.subject} costs ${(row.cpuMicrosPerSample / peer.cpuMicrosPerSample).toFixed(2)} x vmagent's CPU a sample\n`;
  }
  return text;
}

await main();

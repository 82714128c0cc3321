/**
 * Compares the gateway with vmagent on the same samples, saturated and paced. Then pushes into Prometheus and counts the
 * samples there. Prints rates, latencies, CPU per sample, memory and lost samples.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type FleetOptions, type FleetReport, runFleet } from './ingest/fleet.ts';
import type { FleetProtocol } from './ingest/fleet-bodies.ts';
import { fleetSeries } from './ingest/fleet-series.ts';
import { type Receiver, startGateway, startNullReceiver, startPrometheus, startVmagent } from './ingest/receiver.ts';

const usage = `node bench/gateway.ts [flags]
  --hosts N     number of hosts (default 1000)
  --series N    series of each host (default 300)
  --seconds N   duration of each measurement (default 20)
  --only NAME   saturated, paced, backlog or prometheus (default: all)
  --json        one JSON document instead of tables
`;

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
  const target = { url, protocol, ...(key === undefined ? {} : { key }) };
  await runFleet({ ...target, ...load, hosts: Math.min(50, load.hosts), seconds: warmUpSeconds, pace: saturated });
  if (load.pace.kind === 'paced') await runFleet({ ...target, ...load, seconds: pacedWarmUpSeconds });
  await sleep(500);
  const before = receiver.cost();
  const report = await runFleet({ ...target, ...load });
  await sleep(1_000); // accepted samples are still being forwarded
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
  const { values } = parseArgs({
    options: {
      hosts: { type: 'string', default: '1000' },
      series: { type: 'string', default: '300' },
      seconds: { type: 'string', default: '20' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(usage);
  const size = { hosts: Number(values.hosts), seriesPerHost: Number(values.series), seconds: Number(values.seconds) };
  const loads: Readonly<Record<string, Load>> = {
    saturated: { ...size, instantsPerPush: 1, pace: saturated },
    paced: { ...size, instantsPerPush: 1, pace: { kind: 'paced' } },
    backlog: { ...size, instantsPerPush: 60, pace: saturated },
  };
  const rows: Row[] = [];
  const show = (row: Row): void => {
    rows.push(row);
    if (!values.json) process.stdout.write(renderRow(row));
  };
  if (!values.json) process.stdout.write(renderHead());
  for (const [part, load] of Object.entries(loads))
    if (values.only === undefined || values.only === part) await compare(part, load, show);
  if (values.only === undefined || values.only === 'prometheus') await intoPrometheus(loads, show);
  if (values.json) process.stdout.write(`${JSON.stringify({ rows }, null, 2)}\n`);
  else process.stdout.write(renderRatios(rows));
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
      ['remote_write', () => startGateway(join(folder, 'write'), target.url)],
      ['json', () => startGateway(join(folder, 'json'), target.url)],
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

/** Pushes into Prometheus, first directly, then through the gateway, and counts the accepted samples there. */
async function intoPrometheus(loads: Readonly<Record<string, Load>>, show: (row: Row) => void): Promise<void> {
  const runs: readonly (readonly [string, FleetProtocol, Load | undefined, boolean])[] = [
    ['direct ceiling', 'remote_write', loads['saturated'], true],
    ['saturated', 'json', loads['saturated'], false],
    ['paced', 'json', loads['paced'], false],
  ];
  for (const [part, protocol, load, isDirect] of runs) {
    if (load === undefined) continue;
    const folder = mkdtempSync(join(tmpdir(), 'hostpulse-bench-'));
    const prometheus = await startPrometheus(folder);
    const receiver = isDirect ? prometheus : await startGateway(join(folder, 'gateway'), prometheus.url);
    try {
      const { url, key } = receiver;
      const before = receiver.cost();
      const report = await runFleet({ url, protocol, ...load, ...(key === undefined ? {} : { key }) });
      const endMs = Date.now();
      if (!isDirect) await queueIsEmpty(url);
      const lagSeconds = (Date.now() - endMs) / 1_000;
      const after = receiver.cost();
      const stored = await countStored(prometheus.url, load.seriesPerHost, report);
      show({
        ...report,
        part: `Prometheus, ${part}`,
        subject: `${receiver.name} (${protocol})`,
        cpuMicrosPerSample: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / report.acceptedSamples,
        rssMiB: after.rssBytes / 2 ** 20,
        lagSeconds,
        lost: report.acceptedSamples - stored,
      });
    } finally {
      if (!isDirect) await receiver.stop();
      await prometheus.stop();
      rmSync(folder, { recursive: true, force: true });
    }
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

function renderHead(): string {
  const heads = ['samples/s', 'p50 ms', 'p99 ms', 'CPU us/sample', 'RSS MiB', 'failures', 'lag s', 'lost'];
  return `${'part'.padEnd(28)}${'subject'.padEnd(30)}${heads.map((head) => head.padStart(14)).join('')}\n`;
}

function renderRow(row: Row): string {
  const cells = [
    (row.acceptedSamples / row.seconds).toFixed(0),
    row.p50Ms.toFixed(1),
    row.p99Ms.toFixed(1),
    row.cpuMicrosPerSample.toFixed(2),
    row.rssMiB.toFixed(0),
    String(row.failures),
    row.lagSeconds?.toFixed(1) ?? '',
    row.lost === undefined ? '' : String(row.lost),
  ];
  return `${row.part.padEnd(28)}${row.subject.padEnd(30)}${cells.map((cell) => cell.padStart(14)).join('')}\n`;
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

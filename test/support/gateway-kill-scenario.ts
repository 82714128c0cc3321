/** Kills gateway and Prometheus repeatedly under load, then reads back every sample that was answered with 2xx. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect } from '@jest/globals';
import { createApiKey } from '../../common/store/credentials/api-keys.ts';
import { openStore } from '../../common/store/open.ts';
import { builtProgram } from './binaries.ts';
import { eventually } from './eventually.ts';
import { createProgram, freePort, type TestProgram } from './process.ts';
import { createPrometheus, type TestPrometheus } from './prometheus.ts';
import { readStored, seriesKey, writeBody, writeHeaders } from './pushes.ts';
import { seededRandom } from './unreliable-sink.ts';

export interface GatewayKillRun {
  /** Number of kills of the gateway. */
  readonly kills: number;
  /** Number of kills of Prometheus; default: a quarter of `kills`. */
  readonly prometheusShare?: number;
  readonly hosts: number;
  readonly seed: number;
  /**
   * Block duration of Prometheus. With `1m`, Prometheus compacts its head all the time and treats samples older than half of
   * it as out of order. Default: two hours, which is longer than a run.
   */
  readonly blockDuration?: string;
}

export interface GatewayKillReport {
  readonly samples: number;
  readonly pushes: number;
  /** Pushes that were sent again after no answer or a 503. */
  readonly repeated: number;
  readonly prometheusKills: number;
}

const [stepMs, hourMs] = [5_000, 3_600_000];

interface Simulator {
  /** Accepted values by time, by series. */
  readonly accepted: Map<string, Map<number, number>>;
  readonly counts: { pushes: number; repeated: number };
  stop(): Promise<void>;
}

/** Throws when an accepted sample is missing or has another value, or when Prometheus has a sample that was not sent. */
export async function runGatewayKills({
  kills,
  hosts,
  seed,
  prometheusShare = 0.25,
  blockDuration,
}: GatewayKillRun): Promise<GatewayKillReport> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-gateway-kill-'));
  const random = seededRandom(seed);
  const beganMs = Math.floor(Date.now() / stepMs) * stepMs;
  const prometheus = createPrometheus({
    port: await freePort(),
    folder: join(folder, 'prometheus'),
    config: { storage: { tsdb: { out_of_order_time_window: '30h' } } },
    flags: ['--web.enable-remote-write-receiver', ...blockFlags(blockDuration)],
  });
  const { gateway, url, key } = await prepareGateway(folder, prometheus.url);
  let simulator: Simulator | undefined;
  try {
    await prometheus.start();
    await gateway.start();
    simulator = startSimulator({ url, key, hosts, seed, beganMs });
    const prometheusKills = await killAtRandom({ gateway, prometheus, kills, prometheusShare, random });
    await simulator.stop();
    const { counts, accepted } = simulator;
    await sleep(6_000); // longer than the interval at which the gateway reads the start time of Prometheus
    await eventually({ what: 'the queue is empty', limitMs: 600_000 }, () => isDrained(url));
    const samples = await compare(prometheus, accepted, beganMs);
    expect(await droppedSamples(url)).toBe(0);
    return { samples, ...counts, prometheusKills };
  } catch (cause) {
    const last = gateway.output().split('\n').slice(-20).join('\n');
    throw new Error(`seed ${seed}: ${Error.isError(cause) ? cause.message : String(cause)}\n${last}`, { cause });
  } finally {
    await simulator?.stop();
    await gateway.stop('SIGKILL');
    await prometheus.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

function blockFlags(duration: string | undefined): readonly string[] {
  return duration === undefined ? [] : [`--storage.tsdb.min-block-duration=${duration}`];
}

async function prepareGateway(folder: string, prometheusUrl: string) {
  const databasePath = join(folder, 'hostpulse.db');
  const store = await openStore({ path: databasePath });
  const { key } = await createApiKey(store.db, { name: 'simulator', scopes: ['push'], nowMs: Date.now() });
  await store.close();
  const address = `127.0.0.1:${await freePort()}`;
  const gateway = createProgram({
    command: process.execPath,
    args: [
      builtProgram,
      'gateway',
      `--web.listen-address=${address}`,
      `--database.path=${databasePath}`,
      `--prometheus.url=${prometheusUrl}`,
      '--limit.collect-requests=100000',
      '--otlp.grpc-listen-address=127.0.0.1:0',
    ],
    readyUrl: `http://${address}/-/ready`,
  });
  return { gateway, url: `http://${address}`, key };
}

interface Killing {
  readonly gateway: TestProgram;
  readonly prometheus: TestPrometheus;
  readonly kills: number;
  readonly prometheusShare: number;
  readonly random: () => number;
}

async function killAtRandom({ gateway, prometheus, kills, prometheusShare, random }: Killing): Promise<number> {
  let prometheusKills = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    await sleep(50 + random() * 1_200);
    const both = random() < prometheusShare;
    await Promise.all([restart(gateway), both ? restart(prometheus) : undefined]);
    if (both) prometheusKills += 1;
  }
  return prometheusKills;
}

async function restart(program: TestProgram): Promise<void> {
  await program.stop('SIGKILL');
  await program.start();
}

interface SimulatorOptions {
  readonly url: string;
  readonly key: string;
  readonly hosts: number;
  readonly seed: number;
  readonly beganMs: number;
}

type Push = readonly {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [number, number])[];
}[];

/** Hosts push samples of the past in steps of 5 s and repeat each push until it is answered with 2xx; half of them by remote write. */
function startSimulator({ url, key, hosts, seed, beganMs }: SimulatorOptions): Simulator {
  const accepted = new Map<string, Map<number, number>>();
  const counts = { pushes: 0, repeated: 0 };
  const stopping = new AbortController();

  async function runHost(index: number): Promise<void> {
    const random = seededRandom(seed + 1 + index);
    const host = `web-${index}`;
    const isWriting = index % 2 === 1;
    for (let timeMs = beganMs - 2 * hourMs; timeMs <= beganMs && !stopping.signal.aborted; timeMs += stepMs) {
      const push = makePush(host, timeMs, random);
      const body = isWriting ? writeBody(push) : collectBody(host, push);
      const isSent = await sendUntilTaken(isWriting ? '/api/v1/write' : '/api/v1/metrics/collect', body, isWriting);
      if (!isSent) return;
      note(push);
      await sleep(random() * 20);
    }
  }

  /** False if the run ended first, so that it is unknown whether the push was accepted. */
  async function sendUntilTaken(path: string, body: Uint8Array, isWriting: boolean): Promise<boolean> {
    const headers = isWriting ? writeHeaders : { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    for (let attempt = 0; ; attempt += 1) {
      if (attempt === 1) counts.repeated += 1;
      try {
        const response = await fetch(`${url}${path}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, ...headers },
          body,
        });
        const text = await response.text();
        if (response.status === 204 || (response.status === 202 && /"rejected":0,/.test(text))) return true;
        if (response.status !== 503) throw new Error(`${path}: status ${response.status}: ${text}`);
      } catch (error) {
        if (Error.isError(error) && error.message.startsWith(path)) throw error;
      }
      if (stopping.signal.aborted && attempt > 200) return false;
      await sleep(50);
    }
  }

  function note(push: Push): void {
    counts.pushes += 1;
    for (const { labels, points } of push) {
      const series = seriesKey(labels);
      const known = accepted.get(series) ?? new Map<number, number>();
      for (const [timeMs, value] of points) known.set(timeMs, value);
      accepted.set(series, known);
    }
  }

  const running = Promise.all(Array.from({ length: hosts }, (_, index) => runHost(index)));
  running.catch(() => stopping.abort()); // stop() throws the error
  return {
    accepted,
    counts,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Occasionally adds a late point of the previous day. */
function makePush(host: string, timeMs: number, random: () => number): Push {
  const series = Array.from({ length: 10 }, (_, at) => ({
    labels: { __name__: `load_${at}`, instance: host, job: 'node', part: String(at % 3) },
    points: [[timeMs, random() * 1e6] as const],
  }));
  if (random() > 0.1) return series;
  const late = { __name__: 'load_late', instance: host, job: 'node' };
  return [...series, { labels: late, points: [[timeMs - 23 * hourMs, random()]] }];
}

function collectBody(host: string, push: Push): Uint8Array {
  const metrics = push.map(({ labels: { __name__: name, instance: _instance, job: _job, ...tags }, points }) => ({
    name,
    tags,
    points,
  }));
  return gzipSync(JSON.stringify({ host, metrics }));
}

async function isDrained(url: string): Promise<true | undefined> {
  const [waiting, replaying] = [
    await sumOf(url, 'hostpulse_gateway_queue_batches'),
    await sumOf(url, 'hostpulse_gateway_queue_replaying'),
  ];
  return waiting + replaying === 0 ? true : undefined;
}

function droppedSamples(url: string): Promise<number> {
  return sumOf(url, 'hostpulse_gateway_samples_dropped_total');
}

async function sumOf(url: string, family: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${family} `) || line.startsWith(`${family}{`));
  expect(lines.length).toBeGreaterThan(0);
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Compares both ways: no accepted sample is missing, and every stored sample was sent. */
async function compare(
  prometheus: TestPrometheus,
  accepted: ReadonlyMap<string, ReadonlyMap<number, number>>,
  beganMs: number,
): Promise<number> {
  const selector = '{__name__=~"load_.+"}';
  const stored = await readStored(prometheus, selector, [beganMs - 26 * hourMs, beganMs + hourMs]);
  let samples = 0;
  const faults: string[] = [];
  for (const [series, points] of accepted) {
    const found = new Map(stored.get(series) ?? []);
    const wrong = [...points].filter(([timeMs, value]) => !Object.is(found.get(timeMs), value));
    samples += points.size;
    if (wrong.length > 0) {
      const missing = wrong.filter(([timeMs]) => !found.has(timeMs)).length;
      const steps = wrong.map(([timeMs]) => (timeMs - beganMs) / stepMs).join(' ');
      faults.push(`${series}: ${missing} missing, ${wrong.length - missing} of another value; steps ${steps}`);
    }
    if (found.size > points.size) faults.push(`${series}: ${found.size} samples for ${points.size}`);
  }
  expect(stored.size).toBe(accepted.size);
  expect(faults.slice(0, 30)).toEqual([]);
  return samples;
}

/** Kills gateway and Prometheus repeatedly while simulated hosts push, then compares the stored samples with the accepted samples. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { compareSeries, queuedBatches, sumOfFamily } from './accepted-samples.ts';
import { createKeyIn } from './api-keys.ts';
import { builtProgram } from './binaries.ts';
import { eventually } from './eventually.ts';
import { createProgram, freePort, type TestProgram } from './process.ts';
import { createPrometheus, type TestPrometheus } from './prometheus.ts';
import { readStored } from './pushes.ts';
import {
  type HostPush,
  type PushedSeries,
  type SamplesByHost,
  type SimulatedHosts,
  startSimulatedHosts,
} from './simulated-hosts.ts';
import { seededRandom } from './unreliable-sink.ts';

export interface GatewayKillRun {
  /** Number of kills of the gateway. */
  readonly kills: number;
  /** Share of the kills that also kill Prometheus. Default: 0.25. */
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
  /** Number of pushes that were sent again after a 503 or without a response. */
  readonly repeated: number;
  readonly prometheusKills: number;
}

const [stepMs, hourMs] = [5_000, 3_600_000];

/** Throws when an accepted sample is missing or has another value, or when Prometheus has a sample that was not accepted. */
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
  let simulated: SimulatedHosts | undefined;
  try {
    await prometheus.start();
    await gateway.start();
    simulated = startHosts({ url, key, hosts, seed, beganMs });
    const prometheusKills = await killAtRandom({ gateway, prometheus, kills, prometheusShare, random });
    await simulated.stop();
    const { counts, accepted } = simulated;
    await sleep(6_000); // longer than the interval at which the gateway reads the start time of Prometheus
    await eventually({ what: 'the queue is empty', limitMs: 600_000 }, async () =>
      (await queuedBatches(url)) === 0 ? true : undefined,
    );
    const samples = await expectStored(prometheus, accepted, beganMs);
    expect(await sumOfFamily(url, 'hostpulse_gateway_samples_dropped_total')).toBe(0);
    return { ...counts, samples, prometheusKills };
  } catch (cause) {
    const last = gateway.output().split('\n').slice(-20).join('\n');
    throw new Error(`seed ${seed}: ${Error.isError(cause) ? cause.message : String(cause)}\n${last}`, { cause });
  } finally {
    simulated?.abandon();
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
  const key = await createKeyIn({ path: databasePath }, 'simulated hosts', 'push');
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

interface Simulation {
  readonly url: string;
  readonly key: string;
  readonly hosts: number;
  readonly seed: number;
  readonly beganMs: number;
}

/** Starts hosts that push the samples of the last two hours, in steps of 5 s, as fast as the gateway accepts them. */
function startHosts({ url, key, hosts, seed, beganMs }: Simulation): SimulatedHosts {
  async function* pushesOf(index: number, stopping: AbortSignal): AsyncGenerator<HostPush> {
    const random = seededRandom(seed + 1 + index);
    const host = `web-${index}`;
    for (let timeMs = beganMs - 2 * hourMs; timeMs <= beganMs && !stopping.aborted; timeMs += stepMs) {
      yield { host, series: seriesAt(host, timeMs, random) };
      await sleep(random() * 20);
    }
  }

  return startSimulatedHosts({ url, key, hosts, pushesOf, isRepeated: (status) => status === 503, pauseMs: 50 });
}

/** Returns ten series with a point at the time and, in one of ten calls, a series with a point of the previous day. */
function seriesAt(host: string, timeMs: number, random: () => number): readonly PushedSeries[] {
  const series = Array.from({ length: 10 }, (_, at) => ({
    labels: { __name__: `load_${at}`, instance: host, job: 'node', part: String(at % 3) },
    points: [[timeMs, random() * 1e6] as const],
  }));
  if (random() > 0.1) return series;
  const late = { __name__: 'load_late', instance: host, job: 'node' };
  return [...series, { labels: late, points: [[timeMs - 23 * hourMs, random()]] }];
}

/** Expects that every accepted sample is stored with its value, and that no other sample is stored. Returns the number of samples. */
async function expectStored(prometheus: TestPrometheus, accepted: SamplesByHost, beganMs: number): Promise<number> {
  const selector = '{__name__=~"load_.+"}';
  const stored = await readStored(prometheus, selector, [beganMs - 26 * hourMs, beganMs + hourMs]);
  const bySeries = new Map([...accepted.values()].flatMap((series) => [...series]));
  const { samples, faults } = compareSeries(bySeries, stored);
  expect(faults.slice(0, 30)).toEqual([]);
  return samples;
}

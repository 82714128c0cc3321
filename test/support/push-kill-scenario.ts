/** The exporter killed again and again while it pushes to a receiver that fails at random; then every sample is accounted for. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { type CliProcess, startCli } from './cli.ts';
import { unpackCase } from './fixture-folder.ts';
import { defaultAnswer, type SinkRequest, startPushSink } from './push-sink.ts';
import { seededRandom } from './unreliable-sink.ts';

export interface PushKillRun {
  readonly protocol: 'remote_write' | 'http';
  readonly kills: number;
  readonly seed: number;
}

export interface PushKillReport {
  /** Distinct samples. */
  readonly samples: number;
  readonly instants: number;
  /** Requests that the receiver answered with an error, or not at all. */
  readonly failures: number;
  /** Samples that came again, each with the value that it had before. */
  readonly repeated: number;
}

const intervalMs = 1_000;
/** A kill this soon after an instant may come before its set was on disk. */
const commitMs = 500;
/** A machine that is busy with other tests may stop a process between the instant and its reading. */
const readMs = 2_000;
const host = 'web-1';

/**
 * The host is a folder: its load is a count of 20 ms ticks, written anew at each, so that a value tells when it was read.
 * Checks that every instant at which a process lived is there, with the values of that instant, in order, and none twice
 * with another value.
 */
export async function runPushKills({ protocol, kills, seed }: PushKillRun): Promise<PushKillReport> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-push-kill-'));
  const random = seededRandom(seed);
  const ledger = createLedger();
  unpackCase(join(import.meta.dirname, '../cases/hosts/ordinary'), folder);
  const load = startLoad(join(folder, 'proc'));
  let failures = 0;
  const sink = await startPushSink({
    answer(request) {
      const fate = random();
      if (fate < 0.1) {
        failures++;
        return { status: 503 };
      }
      ledger.take(request);
      if (fate > 0.2) return defaultAnswer(request);
      failures++;
      return undefined; // taken, and the exporter never hears of it
    },
  });
  const configFile = join(folder, 'exporter.yml');
  writeFileSync(configFile, configOf({ folder, url: sink.url, protocol }));
  const lives: Life[] = [];
  let exporter: CliProcess | undefined;
  try {
    for (let kill = 0; kill < kills; kill++) {
      exporter = startCli(['exporter', '--config.file', configFile, '--no-collector.filesystem']);
      const fromMs = await startOf(exporter);
      await sleep(300 + random() * 2_700);
      lives.push({ fromMs, toMs: Date.now() });
      exporter.child.kill('SIGKILL');
      await exporter.ended;
    }
    exporter = startCli(['exporter', '--config.file', configFile, '--no-collector.filesystem']);
    const fromMs = await startOf(exporter);
    await sleep(2_500);
    lives.push({ fromMs, toMs: Date.now() });
    // A failed request is tried again after at most 4 s here, and the exporter flushes as it ends.
    for (let tries = 0; tries < 40 && !ledger.hasSince(lives.at(-1)?.toMs ?? 0); tries++) await sleep(250);
    exporter.child.kill('SIGTERM');
    expect(await exporter.ended).toMatchObject({ code: 0 });
    expect(ledger.faults).toEqual([]);
    const instants = expectEveryInstant(ledger.times('node_load1'), lives);
    expectValuesOfTheirTime(ledger, load.ticks);
    return { samples: ledger.count(), instants, failures, repeated: ledger.repeated() };
  } finally {
    exporter?.child.kill('SIGKILL');
    load.stop();
    await sink.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Life {
  readonly fromMs: number;
  readonly toMs: number;
}

function configOf({ folder, url, protocol }: { folder: string; url: string; protocol: string }): string {
  return JSON.stringify({
    collector: {
      interval: '1s',
      server_url: url,
      protocol,
      host,
      buffer: { path: join(folder, 'buffer') },
    },
    path: { procfs: join(folder, 'proc') },
    web: { listen_address: ['127.0.0.1:0'] },
  });
}

/** When the exporter says that it pushes, by its own clock. */
async function startOf(exporter: CliProcess): Promise<number> {
  const [, ts = ''] = await exporter.said(/ts=(\S+) .*msg=pushing\n/);
  return Date.parse(ts);
}

interface Load {
  /** When the write of each tick began and was over; its index is the value of `load1`. */
  readonly ticks: readonly (readonly [beganMs: number, overMs: number])[];
  stop(): void;
}

/** A /proc whose loadavg is replaced every 20 ms: `n 2n 3n`. */
function startLoad(procfs: string): Load {
  const ticks: (readonly [number, number])[] = [];
  const tick = (): void => {
    const n = ticks.length;
    const beganMs = Date.now();
    writeFileSync(join(procfs, 'loadavg.new'), `${n}.00 ${2 * n}.00 ${3 * n}.00 2/713 4128831\n`);
    renameSync(join(procfs, 'loadavg.new'), join(procfs, 'loadavg'));
    ticks.push([beganMs, Date.now()]);
  };
  tick();
  const timer = setInterval(tick, 20);
  return { ticks, stop: () => clearInterval(timer) };
}

interface Ledger {
  readonly faults: readonly string[];
  take(request: SinkRequest): void;
  /** Of the series without own labels, in the order of their coming. */
  times(name: string): number[];
  value(name: string, timestampMs: number): number | null | undefined;
  hasSince(timeMs: number): boolean;
  names(): Iterable<string>;
  count(): number;
  repeated(): number;
}

/** What the receiver has; a fault is a sample that came twice with another value, or behind a newer one of its series. */
function createLedger(): Ledger {
  const series = new Map<string, Map<number, number | null>>();
  const newest = new Map<string, number>();
  const faults: string[] = [];
  let repeated = 0;
  const keyOf = (name: string, labels: Readonly<Record<string, string>>): string =>
    `${name}${JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
  const plain = (name: string): string => keyOf(name, { instance: host, job: 'node' });
  return {
    faults,
    take(request) {
      for (const { name, labels, points } of request.series) {
        const key = keyOf(name, labels);
        const known = series.get(key) ?? new Map<number, number | null>();
        series.set(key, known);
        for (const [timestampMs, value] of points) {
          if (known.has(timestampMs)) {
            if (!Object.is(known.get(timestampMs), value))
              faults.push(`${key} at ${timestampMs}: ${known.get(timestampMs)}, then ${value}`);
            repeated++;
            continue;
          }
          if (timestampMs < (newest.get(key) ?? 0)) faults.push(`${key}: ${timestampMs} behind ${newest.get(key)}`);
          newest.set(key, timestampMs);
          known.set(timestampMs, value);
        }
      }
    },
    times: (name) => [...(series.get(plain(name)) ?? [])].filter(([, value]) => value !== null).map(([time]) => time),
    value: (name, timestampMs) => series.get(plain(name))?.get(timestampMs),
    hasSince: (timeMs) => (newest.get(plain('node_load1')) ?? 0) >= timeMs - intervalMs,
    names: () => series.keys(),
    count: () => [...series.values()].reduce((sum, { size }) => sum + size, 0),
    repeated: () => repeated,
  };
}

/** Every instant of the grid at which a process lived; answers how many. */
function expectEveryInstant(times: readonly number[], lives: readonly Life[]): number {
  expect(times.length).toBeGreaterThan(lives.length);
  const phases = new Map<number, number>();
  for (const time of times) phases.set(time % intervalMs, (phases.get(time % intervalMs) ?? 0) + 1);
  const [[phase, share] = [0, 0]] = [...phases].sort(([, a], [, b]) => b - a);
  // The others came too late on a busy machine and carry their true time.
  expect(share).toBeGreaterThan(times.length / 2);
  const missing: string[] = [];
  let due = 0;
  for (const [life, { fromMs, toMs }] of lives.entries()) {
    const first = Math.ceil((fromMs - phase) / intervalMs) * intervalMs + phase;
    for (let instant = first; instant <= toMs - commitMs; instant += intervalMs) {
      due++;
      if (!times.some((time) => time >= instant && time < instant + commitMs)) missing.push(`life ${life}: ${instant}`);
    }
  }
  expect(missing).toEqual([]);
  return due;
}

/** The load of a set was the load at its instant; its other values belong to the same reading. */
function expectValuesOfTheirTime(ledger: Ledger, ticks: Load['ticks']): void {
  const times = ledger.times('node_load1');
  for (const time of times) {
    const tick = ledger.value('node_load1', time) as number;
    expect([time, ledger.value('node_load5', time), ledger.value('node_load15', time)]).toEqual([
      time,
      2 * tick,
      3 * tick,
    ]);
    // Read after the instant, and before the next tick was written.
    expect(ticks[tick]?.[0]).toBeLessThan(time + readMs);
    expect(ticks[tick + 1]?.[1] ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(time - 2);
    expect(ledger.value('node_memory_MemTotal_bytes', time)).toBe(
      ledger.value('node_memory_MemTotal_bytes', times[0] as number),
    );
  }
}

/** Kills the exporter repeatedly while it pushes to a receiver that fails at random, then checks every sample. */
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
  /** Number of distinct samples. */
  readonly samples: number;
  readonly instants: number;
  /** Requests that the receiver failed or did not answer. */
  readonly failures: number;
  /** Samples that arrived again, with the same value. */
  readonly repeated: number;
}

const intervalMs = 1_000;
/** A kill within this time after a sampling time may precede the write of the sample set. */
const commitMs = 500;
/** On a busy machine, the process may be suspended between the sampling time and the reading. */
const readMs = 2_000;
const host = 'web-1';

/**
 * The host is a folder whose load average counts ticks of 20 ms, so that a value shows when it was read. Checks that every
 * sampling time at which a process ran is present, with the values of that time, in order, and none twice with another value.
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
      return undefined; // accepted, but the exporter gets no answer
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
    // A failed request is retried after at most 4 s here, and the exporter flushes when it stops.
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

/** Returns the time at which the exporter logs that it pushes. */
async function startOf(exporter: CliProcess): Promise<number> {
  const [, ts = ''] = await exporter.said(/ts=(\S+) .*msg=pushing\n/);
  return Date.parse(ts);
}

interface Load {
  /** Start and end of the write of each tick; the index is the value of `load1`. */
  readonly ticks: readonly (readonly [beganMs: number, overMs: number])[];
  stop(): void;
}

/** Creates a /proc whose loadavg is replaced every 20 ms: `n 2n 3n`. */
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
  /** Samples of series without labels, in order of arrival. */
  times(name: string): number[];
  value(name: string, timestampMs: number): number | null | undefined;
  hasSince(timeMs: number): boolean;
  names(): Iterable<string>;
  count(): number;
  repeated(): number;
}

/** Returns the samples of the receiver. Throws for a sample that arrived twice with another value, or after a newer sample of its series. */
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

/** Checks every sampling time at which a process ran. Returns their number. */
function expectEveryInstant(times: readonly number[], lives: readonly Life[]): number {
  expect(times.length).toBeGreaterThan(lives.length);
  const phases = new Map<number, number>();
  for (const time of times) phases.set(time % intervalMs, (phases.get(time % intervalMs) ?? 0) + 1);
  const [[phase, share] = [0, 0]] = [...phases].sort(([, a], [, b]) => b - a);
  // The others were late on a busy machine and have their true time.
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

/** Checks that the load of a set was read at its time, and the other values in the same reading. */
function expectValuesOfTheirTime(ledger: Ledger, ticks: Load['ticks']): void {
  const times = ledger.times('node_load1');
  for (const time of times) {
    const tick = ledger.value('node_load1', time) as number;
    expect([time, ledger.value('node_load5', time), ledger.value('node_load15', time)]).toEqual([
      time,
      2 * tick,
      3 * tick,
    ]);
    // Read after the sampling time and before the next tick.
    expect(ticks[tick]?.[0]).toBeLessThan(time + readMs);
    expect(ticks[tick + 1]?.[1] ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(time - 2);
    expect(ledger.value('node_memory_MemTotal_bytes', time)).toBe(
      ledger.value('node_memory_MemTotal_bytes', times[0] as number),
    );
  }
}

/**
 * Checks the calls for current values and health of a whole stack while 1,000 hosts push 300 series each every 5 s for ten minutes. Half
 * of the hosts push by remote write. Every call must get 200, and 99 of 100 calls must take less than 200 ms. Prints the latencies of
 * each call. Run the test on a machine without other work. LOAD_SECONDS sets another duration.
 */
import { execFile } from 'node:child_process';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FleetOptions, FleetReport } from '../../bench/ingest/fleet.ts';
import { quantile } from '../../bench/measure/statistics.ts';
import { createStackKey } from '../support/api-keys.ts';
import { type RunningStack, startStack } from '../support/stack.ts';

const seconds = Number(process.env['LOAD_SECONDS'] ?? 600);
const fleet = { hosts: 1_000, seriesPerHost: 300, keys: 10 } as const;
/** The page reads all hosts, scripts read a host or a metric, and probes read the health. */
const calls = {
  'current, all hosts': '/api/v1/metrics/current',
  'current, one host': '/api/v1/metrics/current?host=host-500',
  'current, one metric': '/api/v1/metrics/current?metric=cpu.usage.total',
  health: '/api/v1/health',
} as const;
const pauseMs = 1_000;
const maxP99Ms = 200;

interface Answer {
  readonly call: string;
  readonly status: number;
  readonly durationMs: number;
  /** Seconds since the start of the load. */
  readonly atSeconds: number;
  readonly bytes: number;
}

let stack: RunningStack;

beforeAll(async () => {
  stack = await startStack({ relayConfig: 'channels: {}\n' });
}, 180_000);

afterAll(() => stack.remove());

test(
  `${fleet.hosts} hosts for ${seconds} s: current values and health are answered`,
  async () => {
    const key = await createStackKey(stack, 'reader', 'read');
    const beganMs = performance.now();
    const pushing = runFleets();
    let isPushing = true;
    pushing.finally(() => (isPushing = false)).catch(() => undefined); // `await pushing` throws the error
    const answers: Answer[] = [];
    async function repeat(call: string, path: string): Promise<void> {
      while (isPushing) {
        const startMs = performance.now();
        const { status, bytes } = await receive(`${stack.urls.gateway}${path}`, key);
        const durationMs = performance.now() - startMs;
        const atSeconds = Math.round((startMs - beganMs) / 1_000);
        answers.push({ call, status, durationMs, atSeconds, bytes });
        await sleep(pauseMs);
      }
    }
    await Promise.all(Object.entries(calls).map(([call, path]) => repeat(call, path)));
    for (const call of Object.keys(calls)) print(summarize(answers.filter((answer) => answer.call === call)));
    const reports = await pushing;
    print(summarizePushes(reports));

    const hosts = (await stack.askPrometheus('query?query=count(up{job="node",instance=~"host-.%2B"})')) as {
      readonly result: readonly { readonly value: readonly [number, string] }[];
    };
    expect(hosts.result[0]?.value[1]).toBe(String(fleet.hosts));
    expect(reports.map(({ failures }) => failures)).toEqual(Array(fleet.keys).fill(0));
    for (const call of Object.keys(calls)) {
      const own = answers.filter((answer) => answer.call === call);
      expect(own.length).toBeGreaterThan(seconds / 4);
      expect(own.filter(({ status }) => status !== 200)).toEqual([]);
      const p99Ms = quantile(
        own.map(({ durationMs }) => durationMs),
        0.99,
      );
      expect({ call, isFast: p99Ms < maxP99Ms, p99Ms }).toEqual({ call, isFast: true, p99Ms });
    }
  },
  (seconds + 300) * 1_000,
);

/** Requests a compressed response, as browsers do, and does not decompress the body. Returns the status and the size after the last byte. */
function receive(url: string, key: string): Promise<{ readonly status: number; readonly bytes: number }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, 'accept-encoding': 'gzip' };
    get(url, { headers }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => (bytes += chunk.length));
      response.on('end', () => resolve({ status: response.statusCode as number, bytes }));
      response.on('error', reject);
    }).on('error', reject);
  });
}

/** Pushes from a separate process. The hosts share several keys, because each key has limits. */
async function runFleets(): Promise<readonly FleetReport[]> {
  const hosts = fleet.hosts / fleet.keys;
  const fleets: FleetOptions[] = [];
  for (let at = 0; at < fleet.keys; at += 1)
    fleets.push({
      url: stack.urls.gateway,
      key: await createStackKey(stack, `fleet-${at}`, 'push'),
      protocol: at % 2 === 0 ? 'remote_write' : 'json',
      hosts,
      firstHost: at * hosts,
      seriesPerHost: fleet.seriesPerHost,
      seconds,
      instantsPerPush: 1,
      pace: { kind: 'paced' },
    });
  const program = join(import.meta.dirname, '..', 'support', 'fleet-process.ts');
  const limits = { timeout: (seconds + 60) * 1_000, killSignal: 'SIGKILL' } as const;
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(fleets)], limits);
  return JSON.parse(stdout) as readonly FleetReport[];
}

function summarizePushes(reports: readonly FleetReport[]): string {
  const sum = (read: (report: FleetReport) => number): number =>
    reports.reduce((total, report) => total + read(report), 0);
  const p99Ms = Math.max(...reports.map((report) => report.p99Ms));
  return `${sum(({ acceptedSamples }) => acceptedSamples)} samples, ${sum(({ failures }) => failures)} failed pushes, p99 ${p99Ms.toFixed(0)} ms`;
}

function summarize(answers: readonly Answer[]): string {
  const durations = answers.map(({ durationMs }) => durationMs);
  const at = (share: number): string => `${quantile(durations, share).toFixed(0)} ms`;
  const slowest = answers.toSorted((left, right) => right.durationMs - left.durationMs)[0];
  const refused = answers.filter(({ status }) => status !== 200);
  const late = answers.filter(({ durationMs }) => durationMs >= maxP99Ms).map(({ atSeconds }) => atSeconds);
  return (
    `${answers[0]?.call}: ${answers.length} answers, ${refused.length} not 200, p50 ${at(0.5)}, p99 ${at(0.99)}, ` +
    `slowest ${slowest?.durationMs.toFixed(0)} ms at ${slowest?.atSeconds} s, ${slowest?.bytes} bytes; ` +
    `${late.length} answers after ${maxP99Ms} ms or more, to requests at [${late.join(', ')}] s`
  );
}

function print(text: string): void {
  process.stderr.write(`${text}\n`);
}

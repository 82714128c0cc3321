/**
 * Sends the most expensive queries of a read key, 40 at a time, to a stack with 24 hours of 6,000 series. Checks that Prometheus does
 * not restart and stays below a memory limit, that only four of the queries run at a time, and that other keys get answers. Prints the
 * figures of docs/security.md.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createBodies } from '../../bench/ingest/fleet-bodies.ts';
import { fleetSeries } from '../../bench/ingest/fleet-series.ts';
import { createStackKey } from '../support/api-keys.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningStack, startStack } from '../support/stack.ts';

const data = { hosts: 20, series: 300, stepMs: 300_000, instants: 288, instantsPerPush: 96 } as const;
const queriesAtOnce = 40;
/** `query.max_concurrency_per_caller`. */
const slots = 4;
/** Half of the memory limit of Prometheus in docker-compose.yml. */
const maxPrometheusMiB = 1_024;
const maxOtherMs = 2_000;

const bombs = [
  'count_over_time({__name__=~".+"}[2d:1s])',
  'count_over_time({__name__=~".+"}[30d:1s])',
  'quantile_over_time(0.9, (rate({__name__=~".+"}[5m]))[1d:1s])',
  'max_over_time(vector(1)[1y:1ms])',
  'sort(label_replace({__name__=~".+"}, "a", "$1", "__name__", "(((((.*)*)*)*)*)"))',
  'sum by (__name__, instance) ({__name__=~".+"}) * on () group_left () count({__name__=~".+"})',
  `vector(1)${' + vector(1)'.repeat(1_000)}`,
  `${'('.repeat(2_000)}1${')'.repeat(2_000)}`,
] as const;

let stack: RunningStack;

beforeAll(async () => {
  stack = await startStack({ relayConfig: 'channels: {}\n' });
}, 180_000);

afterAll(() => stack.remove());

test('other keys get answers while one key sends its most expensive queries', async () => {
  const pusher = await createStackKey(stack, 'pusher', 'push');
  const bomber = await createStackKey(stack, 'bomber', 'read');
  const other = await createStackKey(stack, 'other', 'read');
  const nowMs = await pushDay(pusher);
  await eventually({ what: 'the pushed series', limitMs: 240_000, pollMs: 1_000 }, async () => {
    const query = `count(last_over_time({instance=~"bomb-.+"}[1h] @ ${nowMs / 1_000}))`;
    const stored = countOf(await stack.askPrometheus(`query?query=${encodeURIComponent(query)}`));
    if (stored < data.hosts * data.series) throw new Error(`${stored} series are stored`);
    return true;
  });
  const before = stack.parts()['prometheus'];
  const peaks = { prometheusMiB: 0, waiting: 0, otherMs: 0 };
  const statuses = new Set<number>();
  for (const bomb of bombs) {
    let isRunning = true;
    const queries = Array.from({ length: queriesAtOnce }, async (_, at) => {
      // All queries are different, because gateway and Prometheus could share the result of equal queries.
      statuses.add(await ask(`/api/v1/query?query=${encodeURIComponent(`(${bomb}) + ${at}`)}`, bomber));
    });
    const ended = Promise.all(queries).finally(() => (isRunning = false));
    while (isRunning) {
      const startMs = performance.now();
      const answers = await Promise.all(
        ['/api/v1/query?query=1', '/api/v1/metrics/current'].map((path) => ask(path, other)),
      );
      peaks.otherMs = Math.max(peaks.otherMs, performance.now() - startMs);
      expect(answers).toEqual([200, 200]);
      peaks.prometheusMiB = Math.max(peaks.prometheusMiB, residentMiB(stack.parts()['prometheus']));
      peaks.waiting = Math.max(peaks.waiting, await waitingCalls());
      await sleep(100);
    }
    await ended;
  }
  process.stderr.write(
    `${bombs.length} kinds of ${queriesAtOnce} queries at once: Prometheus at most ${peaks.prometheusMiB} MiB, at most ${peaks.waiting} queries waiting, other keys answered within ${peaks.otherMs.toFixed(0)} ms; statuses ${[...statuses].join(' ')}\n`,
  );
  expect(stack.parts()['prometheus']).toBe(before);
  expect([...statuses].filter((status) => ![200, 400, 422, 503].includes(status))).toEqual([]);
  expect(peaks.waiting).toBe(queriesAtOnce - slots);
  expect(peaks.prometheusMiB).toBeGreaterThan(0);
  expect(peaks.prometheusMiB).toBeLessThan(maxPrometheusMiB);
  expect(peaks.otherMs).toBeLessThan(maxOtherMs);
}, 900_000);

/** Reads the whole answer and returns its status. */
async function ask(path: string, key: string): Promise<number> {
  const response = await fetch(`${stack.urls.gateway}${path}`, { headers: { authorization: `Bearer ${key}` } });
  await response.arrayBuffer();
  return response.status;
}

/** Pushes the samples of the last 24 hours. Returns the time of the newest samples. */
async function pushDay(key: string): Promise<number> {
  const makeHost = createBodies({ protocol: 'json', series: fleetSeries(data.series) });
  const newestMs = Date.now();
  for (let at = 0; at < data.hosts; at += 1) {
    const host = makeHost(`bomb-${at}`);
    for (let from = 0; from < data.instants; from += data.instantsPerPush) {
      const timesMs = Array.from(
        { length: data.instantsPerPush },
        (_, index) => newestMs - (data.instants - 1 - from - index) * data.stepMs,
      );
      const response = await fetch(`${stack.urls.gateway}/api/v1/metrics/collect`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          'content-encoding': 'gzip',
          'x-hostpulse-host': host.host,
        },
        body: Buffer.from(host.body(timesMs)),
      });
      expect([response.status, await response.text()]).toEqual([202, expect.stringContaining('"rejected":0')]);
    }
  }
  return newestMs;
}

function countOf(data: unknown): number {
  const { result } = data as { readonly result: readonly { readonly value: readonly [number, string] }[] };
  return Number(result[0]?.value[1] ?? 0);
}

function residentMiB(pid: number | undefined): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kibibytes) / 1_024);
}

async function waitingCalls(): Promise<number> {
  const text = await (await fetch(`${stack.urls.gateway}/metrics`)).text();
  return Number(/^hostpulse_gateway_prometheus_calls_waiting (\d+)$/m.exec(text)?.[1]);
}

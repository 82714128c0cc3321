/** Answers while Prometheus, Alertmanager or the database is unreachable, and while the gateway stops. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { rememberTime } from '../../../common/store/relay-records.ts';
import { createHealthProbe } from '../../../ingest-gateway/health/health.ts';
import { endsWithin } from '../../support/ends-within.ts';
import { eventually } from '../../support/eventually.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';

const open: { stop(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0)) await each.stop();
});

async function start(overrides: Parameters<typeof startGateway>[0]): Promise<RunningGateway> {
  const gateway = await startGateway(overrides);
  open.push(gateway);
  return gateway;
}

/** Starts a server that reports ready and never answers a query. */
async function startSlowPrometheus(): Promise<string> {
  const server: Server = createServer((request, response) => {
    request.resume();
    if (request.url === '/-/ready') response.end('ready');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const queries = [
  '/api/v1/metrics/current',
  '/api/v1/metrics/history?metric=memory.used',
  '/api/v1/hosts',
  '/api/v1/query?query=up',
  '/api/v1/query_range?query=up&start=0&end=1&step=1',
];

test('a dead Prometheus gives 503 with a reason and Retry-After', async () => {
  const gateway = await start({});
  for (const path of queries) {
    const response = await gateway.get(path);
    expect([path, response.status, response.headers.get('retry-after')]).toEqual([path, 503, '5']);
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title: 'Prometheus cannot be reached (ECONNREFUSED)',
      status: 503,
      errorType: 'unavailable',
      error: 'Prometheus cannot be reached (ECONNREFUSED)',
    });
  }
});

test('a hanging Prometheus gives 503 after the timeout for any number of waiting calls', async () => {
  const gateway = await start({
    prometheusUrl: await startSlowPrometheus(),
    queryTimeoutMs: 200,
    queryMaxConcurrency: 1,
  });
  const calls = Promise.all(queries.map((path) => gateway.get(path)));
  expect(await endsWithin(3_000, calls)).toBe(true);
  const answers = await calls;
  expect(answers.map(({ status }) => status)).toEqual(queries.map(() => 503));
  const titles = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { title: string }).title));
  expect(titles).toEqual(queries.map(() => 'Prometheus did not answer within 0.2 s'));
  const metrics = await (await gateway.fetch('/metrics')).text();
  const timeouts = /^hostpulse_gateway_prometheus_calls_total\{outcome="timeout"\} (\d+)$/m.exec(metrics)?.[1];
  expect(Number(timeouts)).toBeGreaterThanOrEqual(queries.length);
  expect(metrics).toContain('hostpulse_gateway_prometheus_calls_total{outcome="answered"} 0\n');
  expect(metrics).toContain('hostpulse_gateway_prometheus_calls_waiting 0\n');
});

test('health is degraded without Prometheus or Alertmanager and contains no address', async () => {
  const gateway = await start({ prometheusUrl: await startSlowPrometheus() });
  const response = await gateway.fetch('/api/v1/health');
  expect(response.status).toBe(200);
  const latency_ms = expect.any(Number);
  expect(await response.json()).toEqual({
    status: 'degraded',
    components: {
      prometheus: { status: 'down', latency_ms, reason: 'Prometheus did not answer within 2 s' },
      alertmanager: { status: 'down', latency_ms, reason: 'Alertmanager cannot be reached (ECONNREFUSED)' },
      database: { status: 'ok', latency_ms },
      queue: { status: 'ok', latency_ms },
    },
  });
});

test('a relay that stopped recording that it runs is down; without any relay there is no such component', async () => {
  const gateway = await start({});
  /** Waits for the next result: health is checked at most once a second. */
  const expectRelay = (expected: unknown): Promise<unknown> =>
    eventually({ what: `the relay is ${JSON.stringify(expected)}`, limitMs: 30_000, pollMs: 200 }, async () => {
      const { status, components } = (await (await gateway.fetch('/api/v1/health')).json()) as {
        readonly status: string;
        readonly components: Readonly<Record<string, unknown>>;
      };
      expect([status, components['relay']]).toEqual(['degraded', expected]);
      return true;
    });
  const latency_ms = expect.any(Number);
  await expectRelay(undefined);
  await rememberTime(gateway.store.db, { name: 'last_seen', timeMs: Date.now() - 30_000 });
  await expectRelay({ status: 'ok', latency_ms });
  await rememberTime(gateway.store.db, { name: 'last_seen', timeMs: Date.now() - 90_000 });
  const reason = expect.stringMatching(/^the relay has not run since 20\S+Z; alerts are not sent$/);
  await expectRelay({ status: 'down', latency_ms, reason });
});

test('health is down without the tables and contains no SQL', async () => {
  const gateway = await start({});
  await gateway.store.db.schema.dropTable('sessions').execute();
  await gateway.store.db.schema.dropTable('api_keys').execute();
  const health = await gateway.fetch('/api/v1/health');
  expect(health.status).toBe(503);
  expect(await health.json()).toMatchObject({
    status: 'down',
    components: { database: { status: 'down', reason: 'the database does not answer' } },
  });
  const call = await gateway.get('/api/v1/hosts');
  expect(call.status).toBe(500);
  expect(await call.json()).toEqual({
    type: 'about:blank',
    title: 'internal error; the log has the details',
    status: 500,
  });
  const line = gateway
    .log()
    .split('\n')
    .find((each) => each.includes('a request failed'));
  expect(line).toContain('no such table: api_keys');
  expect(line).toContain(`request_id=${call.headers.get('x-request-id')}`);
});

test('a stop is announced before the port closes', async () => {
  const gateway = await startGateway({ drainDelayMs: 2_000 });
  expect((await gateway.fetch('/-/ready')).status).toBe(200);
  const stopped = gateway.stop();
  const during = await gateway.fetch('/-/ready');
  expect([during.status, await during.text()]).toEqual([503, 'not ready: stopping\n']);
  expect((await gateway.fetch('/-/healthy')).status).toBe(200);
  expect((await gateway.get('/api/v1/alerts')).status).toBe(200);
  await stopped;
  await expect(gateway.fetch('/-/ready')).rejects.toThrow();
});

describe('a check that takes long', () => {
  /** Creates a probe in which only the check of Prometheus takes time. */
  function probeOf() {
    const state = { nowMs: 1_000_000, checks: 0, queueReason: '', pending: Promise.withResolvers<undefined>() };
    const ok = async (): Promise<undefined> => undefined;
    const probe = createHealthProbe({
      checks: {
        prometheus: () => {
          state.checks += 1;
          return state.pending.promise;
        },
        alertmanager: ok,
        database: ok,
        queue: async () => state.queueReason || undefined,
        relay: ok,
      },
      now: () => state.nowMs,
    });
    return { state, probe };
  }

  test('delays the first caller only; later callers get the last result, and one check runs at a time', async () => {
    const { state, probe } = probeOf();
    const first = probe.read();
    state.pending.resolve(undefined);
    expect((await first).components.prometheus.status).toBe('ok');
    state.pending = Promise.withResolvers();
    state.nowMs += 1_000;
    expect(await probe.read()).toEqual(await first);
    expect(await probe.read()).toEqual(await first);
    expect(state.checks).toBe(2);
    // A check that takes long does not delay the checks of the other components.
    state.nowMs += 1_000;
    state.queueReason = 'full';
    expect((await probe.read()).components).toMatchObject({
      prometheus: { status: 'ok' },
      queue: { status: 'degraded', reason: 'full' },
    });
    expect(state.checks).toBe(2);
    state.pending.reject(new Error('Prometheus is away'));
    await sleep(1);
    expect((await probe.read()).components.prometheus).toMatchObject({ status: 'down', reason: 'Prometheus is away' });
    expect(state.checks).toBe(3);
  });

  test('delays a caller whose last result is older than five seconds', async () => {
    const { state, probe } = probeOf();
    state.pending.resolve(undefined);
    await probe.read();
    state.pending = Promise.withResolvers();
    state.nowMs += 5_001;
    const late = probe.read();
    expect(await Promise.race([late, sleep(100, 'waits')])).toBe('waits');
    state.pending.reject(new Error('Prometheus is away'));
    expect((await late).status).toBe('degraded');
  });
});

/** The table of current values: shared, fresh, with few loads while idle, and errors while Prometheus is unreachable. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createLog } from '../../../../common/program/log.ts';
import { PrometheusError } from '../../../../common/prometheus/error.ts';
import { createLastValues, maxAgeMs } from '../../../../ingest-gateway/query/current/last-values.ts';
import { renderTable, type ValueTable } from '../../../../ingest-gateway/query/current/value-table.ts';

const log = createLog({ level: 'error', format: 'logfmt', program: 'test', write: () => undefined });

beforeEach(() => {
  jest.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  jest.useRealTimers();
});

/** A table with one value. */
function tableWith(timeMs: number, value: number): ValueTable {
  const values = [{ metric: 'cpu.usage.total', unit: 'percent', labels: {}, value }];
  return renderTable(timeMs, [{ host: 'web-1', values }], ['cpu.usage.total']);
}

function valueOf({ body }: ValueTable): number | null | undefined {
  const { hosts } = JSON.parse(Buffer.from(body).toString()) as { hosts: [{ values: [{ value: number | null }] }] };
  return hosts[0].values[0].value;
}

/** Each load takes about 200 ms and increments the counter. */
function tableOf({ fails = () => false, loadMs = 200 }: { fails?: () => boolean; loadMs?: number } = {}) {
  const state = { loads: 0, atOnce: 0, mostAtOnce: 0 };
  const table = createLastValues({
    timeoutMs: 100_000,
    async load(timeMs) {
      state.loads += 1;
      state.atOnce += 1;
      state.mostAtOnce = Math.max(state.mostAtOnce, state.atOnce);
      const value = state.loads;
      await new Promise((resolve) => setTimeout(resolve, loadMs));
      state.atOnce -= 1;
      if (fails()) throw new Error('Prometheus is away');
      return tableWith(timeMs, value);
    },
    log,
    now: Date.now,
  });
  return { state, table };
}

test('a thousand parallel callers cost one load', async () => {
  const { state, table } = tableOf();
  const answers = Promise.all(Array.from({ length: 1_000 }, () => table.read()));
  await jest.advanceTimersByTimeAsync(200);
  const found = await answers;
  expect(state.loads).toBe(1);
  expect(new Set(found).size).toBe(1);
  expect(found.map(valueOf)[0]).toBe(1);
  table.stop();
});

test('a frequent caller waits only once and gets no value older than 5 s', async () => {
  const { state, table } = tableOf();
  const first = table.read();
  await jest.advanceTimersByTimeAsync(200);
  await first;
  for (let passedMs = 0; passedMs < 60_000; passedMs += 100) {
    await jest.advanceTimersByTimeAsync(100);
    const fresh = table.tryRead();
    expect(fresh).toBeDefined();
    expect(Date.now() - (fresh?.timeMs ?? 0)).toBeLessThanOrEqual(maxAgeMs);
  }
  expect(state.loads).toBe(16); // one each 4 s
  expect(state.mostAtOnce).toBe(1);
  table.stop();
});

test('while idle, loading takes 1/25 of the time, and a caller within a day does not wait', async () => {
  const { state, table } = tableOf({ loadMs: 100 });
  const first = table.read();
  await jest.advanceTimersByTimeAsync(60_000);
  await first;
  for (let count = 0; count < 20; count += 1) {
    await jest.advanceTimersByTimeAsync(40_000);
    expect(table.tryRead()).toBeDefined();
  }
  table.stop();
  const slow = tableOf({ loadMs: 10_000 });
  const slowFirst = slow.table.read();
  await jest.advanceTimersByTimeAsync(60_000);
  await slowFirst;
  const { loads } = slow.state;
  await jest.advanceTimersByTimeAsync(2_500_000);
  expect(slow.state.loads - loads).toBe(10);
  expect(state.mostAtOnce).toBe(1);
  slow.table.stop();
});

test('a day after the last call loading stops; the next caller loads the table', async () => {
  const { state, table } = tableOf({ loadMs: 60_000 });
  const first = table.read();
  await jest.advanceTimersByTimeAsync(25 * 3_600_000);
  await first;
  const { loads } = state;
  expect(loads).toBeLessThan((24 * 3_600) / (25 * 60) + 3);
  expect(jest.getTimerCount()).toBe(0);
  const next = table.read();
  await jest.advanceTimersByTimeAsync(60_000);
  expect(valueOf(await next)).toBe(loads + 1);
  table.stop();
});

test('the first caller after the start finds a table', async () => {
  const { state, table } = tableOf();
  table.start();
  await jest.advanceTimersByTimeAsync(600_000);
  expect(table.tryRead()).toBeDefined();
  expect(state.loads).toBeLessThanOrEqual(600 / 5 + 1);
  table.stop();
});

test('a single narrow call loads no table; the second finds one', async () => {
  const { state, table } = tableOf();
  expect(table.tryRead()).toBeUndefined();
  await jest.advanceTimersByTimeAsync(10_000);
  expect(state.loads).toBe(0);
  expect(table.tryRead()).toBeUndefined();
  await jest.advanceTimersByTimeAsync(1_000);
  expect(table.tryRead()?.hosts).toEqual(['web-1']);
  table.stop();
});

test('without Prometheus, callers get its error once the table is old, and loading is retried', async () => {
  let isAway = false;
  const { state, table } = tableOf({ fails: () => isAway });
  const first = table.read();
  await jest.advanceTimersByTimeAsync(200);
  await first;
  isAway = true;
  await jest.advanceTimersByTimeAsync(4_500);
  expect((await table.read()).hosts).toEqual(['web-1']);
  await jest.advanceTimersByTimeAsync(500);
  const refused = expect(table.read()).rejects.toThrow('Prometheus is away');
  await jest.advanceTimersByTimeAsync(200);
  await refused;
  isAway = false;
  const { loads } = state;
  await jest.advanceTimersByTimeAsync(4_500);
  expect(state.loads).toBe(loads + 1);
  expect(table.tryRead()).toBeDefined();
  table.stop();
});

test('after a stop, no timer is left', async () => {
  const { table } = tableOf();
  const first = table.read();
  table.stop();
  await jest.advanceTimersByTimeAsync(200);
  await first;
  expect(jest.getTimerCount()).toBe(0);
});

test('while Prometheus is slow, callers get the latest table within 100 ms, and loading takes half of the time', async () => {
  let loadMs = 200;
  let loads = 0;
  const table = createLastValues({
    timeoutMs: 10_000,
    async load(timeMs) {
      loads += 1;
      const value = loads;
      await new Promise((resolve) => setTimeout(resolve, loadMs));
      if (loadMs === 50_000) throw new PrometheusError('Prometheus did not answer', { fault: 'timeout' });
      return tableWith(timeMs, value);
    },
    log,
    now: Date.now,
  });
  const first = table.read();
  await jest.advanceTimersByTimeAsync(200);
  await first;
  loadMs = 8_000;
  const before = loads;
  let longestMs = 0;
  let oldestMs = 0;
  for (let passedMs = 0; passedMs < 160_000; passedMs += 1_000) {
    const startMs = Date.now();
    const answer = table.read().then(({ timeMs }) => {
      longestMs = Math.max(longestMs, Date.now() - startMs);
      oldestMs = Math.max(oldestMs, Date.now() - timeMs);
    });
    await jest.advanceTimersByTimeAsync(1_000);
    await answer;
  }
  expect(longestMs).toBeLessThanOrEqual(100);
  expect(oldestMs).toBeLessThanOrEqual(24_000);
  expect(loads - before).toBeLessThanOrEqual(160 / 16 + 1);
  expect(table.tryRead()).toBeDefined();
  // A table that times out keeps the last one for two minutes; then callers get the error.
  loadMs = 50_000;
  await jest.advanceTimersByTimeAsync(60_000);
  expect((await Promise.all([table.read(), jest.advanceTimersByTimeAsync(100)]))[0].hosts).toEqual(['web-1']);
  await jest.advanceTimersByTimeAsync(120_000);
  const refused = expect(table.read()).rejects.toThrow('Prometheus did not answer');
  await jest.advanceTimersByTimeAsync(100_000);
  await refused;
  table.stop();
});

test('without a table, a caller waits as long as for one query, and the load goes on', async () => {
  let loads = 0;
  const table = createLastValues({
    timeoutMs: 100,
    async load(timeMs) {
      loads += 1;
      await new Promise((resolve) => setTimeout(resolve, 400));
      return tableWith(timeMs, loads);
    },
    log,
    now: Date.now,
  });
  const refused = expect(table.read()).rejects.toThrow('Prometheus did not answer within 0.1 s');
  await jest.advanceTimersByTimeAsync(100);
  await refused;
  await jest.advanceTimersByTimeAsync(300);
  expect((await table.read()).hosts).toEqual(['web-1']);
  expect(loads).toBe(1);
  table.stop();
});

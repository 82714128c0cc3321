/** Outages of the gateway and of Prometheus, as the page notices them. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type Connection, createConnection, type Health } from '../../../console/api/client.ts';
import { ApiProblem, isNotAnswering, NotAnswering, outageText } from '../../../console/api/problem.ts';

type State = 'ok' | 'prometheus down' | 'gateway down' | 'hangs';

let state: State;
let isVisible: boolean;
let reads: number;
let connection: Connection;

beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-11-29T12:03:00Z'), doNotFake: ['queueMicrotask', 'nextTick'] });
  [state, isVisible, reads] = ['ok', true, 0];
  connection = createConnection({ readHealth, isVisible: () => isVisible, now: () => Date.now() });
});
afterEach(() => void jest.useRealTimers());

function readHealth(signal: AbortSignal): Promise<Health> {
  reads += 1;
  if (state === 'gateway down') return Promise.reject(new Error('connection refused'));
  if (state === 'hangs')
    return new Promise((_, reject) => {
      setTimeout(() => reject(signal.reason as Error), 5_000); // the timeout of the check
    });
  const status = state === 'ok' ? 'ok' : 'down';
  return Promise.resolve({ components: { prometheus: { status } } });
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

test('faults of other components are shown until they end', async () => {
  const full = "the queue's disk cannot be written; pushes are answered with 503";
  let components: Health['components'] = {
    prometheus: { status: 'ok' },
    queue: { status: 'down', reason: full },
    relay: { status: 'degraded' },
  };
  connection = createConnection({
    readHealth: () => Promise.resolve({ components }),
    isVisible: () => isVisible,
    now: () => Date.now(),
  });
  const shown: (readonly string[])[] = [];
  connection.faults.subscribe(() => shown.push(connection.faults.get()));
  connection.start();
  await pass(8_000);
  expect(connection.outage.get()).toBeUndefined();
  components = { prometheus: { status: 'ok' }, queue: { status: 'ok' } };
  await pass(3_000);
  expect(shown).toEqual([[full, 'relay is degraded'], []]);
});

describe('an outage', () => {
  test.each([
    ['gateway down', 'gateway', 3_000],
    ['hangs', 'gateway', 8_000],
    ['prometheus down', 'prometheus', 4_000],
  ] as const)('%s is noticed, and its end', async (broken, what, limitMs) => {
    connection.start();
    await pass(1_000);
    expect(connection.outage.get()).toBeUndefined();
    const signal = connection.signalOf(what);
    state = broken;
    await pass(limitMs);
    expect(connection.outage.get()).toEqual({ what, sinceMs: expect.any(Number) });
    expect(signal.aborted).toBe(true);
    expect(connection.signalOf(what).aborted).toBe(true);
    expect(connection.signalOf(what === 'gateway' ? 'prometheus' : 'gateway').aborted).toBe(false);
    expect(connection.reconnects.get()).toBe(0);
    state = 'ok';
    await pass(8_000);
    expect(connection.outage.get()).toBeUndefined();
    expect(connection.signalOf(what).aborted).toBe(false);
    expect(connection.reconnects.get()).toBe(1);
  });

  test('of a program that never answered has no start', async () => {
    state = 'prometheus down';
    connection.start();
    await pass(4_000);
    expect(connection.outage.get()).toEqual({ what: 'prometheus' });
  });

  test('of Prometheus is no outage after one failed check', async () => {
    connection.start();
    await pass(2_400);
    state = 'prometheus down';
    await pass(200);
    state = 'ok';
    await pass(5_000);
    expect([connection.outage.get(), connection.reconnects.get()]).toEqual([undefined, 0]);
  });

  test('of the gateway can follow one of Prometheus', async () => {
    connection.start();
    await pass(100);
    state = 'prometheus down';
    await pass(4_000);
    state = 'gateway down';
    await pass(3_000);
    expect(connection.outage.get()?.what).toBe('gateway');
    expect(connection.signalOf('prometheus').aborted).toBe(false);
    state = 'prometheus down';
    await pass(4_000);
    expect(connection.outage.get()?.what).toBe('prometheus');
  });
});

test('a failed request asks at once, and a hidden page not at all', async () => {
  connection.start();
  await pass(100);
  connection.check();
  await pass(0);
  expect(reads).toBe(2);
  isVisible = false;
  await pass(20_000);
  expect(reads).toBe(2);
});

test('the words name the program and the time', () => {
  const sinceMs = new Date(2026, 10, 29, 12, 3, 10).getTime();
  expect(outageText({ what: 'prometheus', sinceMs })).toBe('Prometheus is not answering since 12:03:10');
  expect(outageText({ what: 'gateway' })).toBe('The gateway is not answering');
  expect(new NotAnswering('prometheus').message).toBe('Prometheus is not answering');
});

test('errors without an answer of the program', () => {
  expect(
    [new NotAnswering('gateway'), new ApiProblem(503, 'x'), new ApiProblem(422, 'x'), new Error('x')].map(
      isNotAnswering,
    ),
  ).toEqual([true, true, false, false]);
});

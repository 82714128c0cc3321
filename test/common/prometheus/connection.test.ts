/** Calls to servers that do not answer, are slow, refuse credentials, or are not Prometheus. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Secret } from '../../../common/program/settings/secret.ts';
import {
  createPrometheusConnection,
  createSlots,
  type PrometheusOptions,
} from '../../../common/prometheus/connection.ts';
import { PrometheusError } from '../../../common/prometheus/error.ts';
import { queryInstant, queryRange } from '../../../common/prometheus/query.ts';

const opened: Server[] = [];

afterEach(() => {
  for (const server of opened.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Starts a server with that handler, and a connection to it. */
async function connect(answer: RequestListener, options: Partial<PrometheusOptions> = {}) {
  const server = createServer(answer);
  opened.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return createPrometheusConnection({
    name: 'Prometheus',
    url,
    timeoutMs: 5_000,
    maxConcurrency: 2,
    maxAnswerBytes: 10_000,
    ...options,
  });
}

async function faultOf(work: Promise<unknown>): Promise<PrometheusError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof PrometheusError)) throw new Error(`no PrometheusError: ${String(thrown)}`);
  return thrown;
}

const vector = { status: 'success', data: { resultType: 'vector', result: [] as unknown[] } };

describe('queryInstant', () => {
  test('sends a form with credentials, and parses special values', async () => {
    const seen: { authorization?: string | undefined; body: string } = { body: '' };
    const connection = await connect(
      (request, response) => {
        seen.authorization = request.headers.authorization;
        request.on('data', (chunk: Buffer) => (seen.body += chunk.toString()));
        const result = ['1.5', 'NaN', '+Inf', '-Inf'].map((value, at) => ({
          metric: { instance: `host-${at}` },
          value: [1_700_000_000.123, value],
        }));
        request.on('end', () => response.end(JSON.stringify({ ...vector, data: { ...vector.data, result } })));
      },
      { basicAuth: { username: 'hostpulse', password: new Secret('pass') } },
    );
    const samples = await queryInstant(connection, { expression: 'up{a="&="}', timeMs: 1_700_000_000_123 });
    expect(seen.authorization).toBe(`Basic ${Buffer.from('hostpulse:pass').toString('base64')}`);
    expect([...new URLSearchParams(seen.body)]).toEqual([
      ['query', 'up{a="&="}'],
      ['time', '1700000000.123'],
      ['nocache', '1'],
    ]);
    expect(samples.map(({ value }) => value)).toEqual([1.5, Number.NaN, Infinity, -Infinity]);
    expect(samples[0]).toEqual({ labels: { instance: 'host-0' }, value: 1.5, timeMs: 1_700_000_000_123 });
  });

  test.each([
    ['its refusal', 400, '{"status":"error","errorType":"bad_data","error":"parse error"}', 'rejected', 'parse error'],
    [
      'its overload',
      422,
      '{"status":"error","errorType":"execution","error":"too many samples"}',
      'rejected',
      'too many samples',
    ],
    [
      'its own timeout',
      503,
      '{"status":"error","errorType":"timeout","error":"query timed out"}',
      'timeout',
      'query timed out',
    ],
    ['its start', 503, 'Service Unavailable', 'unavailable', 'Prometheus is starting or stopping'],
    ['a wrong password', 401, 'Unauthorized', 'unavailable', "Prometheus refuses the gateway's credentials"],
    [
      'another program',
      200,
      '<html>',
      'unavailable',
      'the server at the URL of Prometheus does not speak its API (status 200)',
    ],
    [
      'another program that redirects',
      302,
      '',
      'unavailable',
      'the server at the URL of Prometheus does not speak its API (status 302)',
    ],
    ['null', 200, 'null', 'unavailable', 'the server at the URL of Prometheus does not speak its API (status 200)'],
    [
      'another shape',
      200,
      '{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}',
      'unavailable',
      'the server at the URL of Prometheus does not speak its API (status 200)',
    ],
    [
      'too long an answer',
      200,
      ' '.repeat(10_001),
      'too_large',
      'the response is larger than 10000 bytes; query fewer series, a shorter range or a larger step',
    ],
  ])('tells %s', async (_what, status, body, fault, message) => {
    const connection = await connect((request, response) => {
      request.resume();
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(body);
    });
    const error = await faultOf(queryInstant(connection, { expression: 'up' }));
    expect([error.fault, error.message]).toEqual([fault, message]);
  });

  test('a call without a response ends at its time limit, and the next call works', async () => {
    let calls = 0;
    const connection = await connect(
      (request, response) => {
        request.resume();
        calls += 1;
        if (calls > 1) response.end(JSON.stringify(vector));
      },
      { timeoutMs: 50, maxConcurrency: 1 },
    );
    const error = await faultOf(queryInstant(connection, { expression: 'up' }));
    expect([error.fault, error.message]).toEqual(['timeout', 'Prometheus did not answer within 0.05 s']);
    expect(await queryInstant(connection, { expression: 'up' })).toEqual([]);
  });

  test('an incomplete body ends the call at its time limit', async () => {
    const connection = await connect((_request, response) => void response.write('{"status":'), { timeoutMs: 50 });
    expect((await faultOf(queryInstant(connection, { expression: 'up' }))).fault).toBe('timeout');
  });

  test('errors of broken and refused connections contain no address', async () => {
    const connection = await connect((request) => void request.socket.destroy());
    const broken = await faultOf(queryInstant(connection, { expression: 'up' }));
    expect([broken.fault, broken.message]).toEqual(['unavailable', 'Prometheus cannot be reached (ECONNRESET)']);
    const dead = await connect(() => undefined, { url: 'http://127.0.0.1:1' });
    const refused = await faultOf(queryInstant(dead, { expression: 'up' }));
    expect([refused.fault, refused.message]).toEqual(['unavailable', 'Prometheus cannot be reached (ECONNREFUSED)']);
  });

  test('an aborted signal ends the call at Prometheus', async () => {
    const ended = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const connection = await connect((request) => {
      request.resume();
      request.socket.once('close', () => ended.resolve());
      asked.resolve();
    });
    const caller = new AbortController();
    const work = faultOf(queryInstant(connection, { expression: 'up', signal: caller.signal }));
    await asked.promise;
    caller.abort();
    expect((await work).fault).toBe('aborted');
    await ended.promise;
  });

  test('reuses connections', async () => {
    const sockets = new Set<unknown>();
    const connection = await connect((request, response) => {
      sockets.add(request.socket);
      request.resume();
      response.end(JSON.stringify(vector));
    });
    for (let count = 0; count < 5; count += 1) await queryInstant(connection, { expression: 'up' });
    expect(sockets.size).toBe(1);
    connection.close();
  });
});

test('queryRange sends its times in seconds and reads points in milliseconds', async () => {
  let body = '';
  const connection = await connect((request, response) => {
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    const result = [
      {
        metric: { instance: 'a' },
        values: [
          [10, '1'],
          [15.5, '2'],
        ],
      },
    ];
    request.on('end', () =>
      response.end(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } })),
    );
  });
  const series = await queryRange(connection, { expression: 'up', startMs: 10_000, endMs: 15_500, stepMs: 5_500 });
  expect([...new URLSearchParams(body)]).toEqual([
    ['query', 'up'],
    ['start', '10.000'],
    ['end', '15.500'],
    ['step', '5.500'],
  ]);
  expect(series).toEqual([
    {
      labels: { instance: 'a' },
      points: [
        [10_000, 1],
        [15_500, 2],
      ],
    },
  ]);
});

const never = new AbortController().signal;

describe('createSlots', () => {
  test('runs at most `count` tasks at once, in the order of the calls', async () => {
    const slots = createSlots({ count: 2 });
    const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
    const started: number[] = [];
    const runs = gates.map(({ promise }, index) =>
      slots.run(async () => {
        started.push(index);
        await promise;
        return index;
      }, never),
    );
    await Promise.resolve();
    expect(started).toEqual([0, 1]);
    expect(slots.waiting()).toBe(2);
    gates[1]?.resolve();
    expect(await runs[1]).toBe(1);
    await Promise.resolve();
    expect(started).toEqual([0, 1, 2]);
    for (const { resolve } of gates) resolve();
    expect(await Promise.all(runs)).toEqual([0, 1, 2, 3]);
    expect(slots.waiting()).toBe(0);
  });

  test('a task that throws releases its slot', async () => {
    const slots = createSlots({ count: 1 });
    const failed = slots.run(() => Promise.reject(new Error('no')), never);
    const next = slots.run(() => Promise.resolve('next'), never);
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe('next');
  });

  test('a task that is aborted while it waits never runs and blocks no other task', async () => {
    const slots = createSlots({ count: 1 });
    const gate = Promise.withResolvers<void>();
    const leaving = new AbortController();
    const ran: string[] = [];
    const first = slots.run(() => gate.promise, never);
    const second = slots.run(async () => void ran.push('second'), leaving.signal);
    const third = slots.run(async () => void ran.push('third'), never);
    leaving.abort(new Error('left'));
    await expect(second).rejects.toThrow('left');
    gate.resolve();
    await Promise.all([first, third]);
    expect(ran).toEqual(['third']);
  });

  test('a task whose signal is aborted does not start', async () => {
    const slots = createSlots({ count: 1 });
    await expect(slots.run(() => Promise.resolve(1), AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(await slots.run(() => Promise.resolve(2), never)).toBe(2);
  });

  test('one caller runs at most `perCaller` tasks and leaves the other slots to others', async () => {
    const slots = createSlots({ count: 3, perCaller: 2 });
    const gate = Promise.withResolvers<void>();
    const started: string[] = [];
    const task = (name: string) => async () => {
      started.push(name);
      await gate.promise;
    };
    const greedy = [1, 2, 3, 4].map((index) => slots.run(task(`greedy ${index}`), never, 'greedy'));
    const other = slots.run(task('other'), never, 'other');
    const unnamed = slots.run(task('unnamed'), never);
    await Promise.resolve();
    expect(started).toEqual(['greedy 1', 'greedy 2', 'other']);
    expect(slots.waiting()).toBe(3);
    gate.resolve();
    await Promise.all([...greedy, other, unnamed]);
    expect(slots.waiting()).toBe(0);
  });

  test('callers that wait take turns, however many calls they have', async () => {
    const slots = createSlots({ count: 1 });
    const started: string[] = [];
    const run = (caller: string, index: number) =>
      slots.run(async () => void started.push(`${caller}${index}`), never, caller);
    const gate = Promise.withResolvers<void>();
    const first = slots.run(() => gate.promise, never, 'a');
    const runs = [1, 2, 3, 4].map((index) => run('a', index)).concat([run('b', 1), run('b', 2), run('c', 1)]);
    gate.resolve();
    await Promise.all([first, ...runs]);
    expect(started).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4']);
  });

  test('any order of starts, ends and aborts keeps both limits and ends with no task waiting', async () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      let state = seed;
      const random = (below: number): number => {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        return Math.floor((state / 2_147_483_648) * below);
      };
      const slots = createSlots({ count: 3, perCaller: 2 });
      const running = new Map<string, number>();
      const runs: Promise<unknown>[] = [];
      for (let index = 0; index < 30; index += 1) {
        const caller = `caller ${random(4)}`;
        const leaving = new AbortController();
        if (random(4) === 0) setImmediate(() => leaving.abort(new Error('left')));
        const work = async (): Promise<void> => {
          running.set(caller, (running.get(caller) ?? 0) + 1);
          expect(running.get(caller)).toBeLessThanOrEqual(2);
          expect([...running.values()].reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(3);
          for (let turn = random(3); turn >= 0; turn -= 1) await new Promise(setImmediate);
          running.set(caller, (running.get(caller) as number) - 1);
          if (random(5) === 0) throw new Error('failed');
        };
        runs.push(slots.run(work, leaving.signal, caller));
      }
      const ends = await Promise.allSettled(runs);
      expect(
        ends
          .filter(({ status }) => status === 'rejected')
          .every((end) => /left|failed/.test(String((end as PromiseRejectedResult).reason))),
      ).toBe(true);
      expect(slots.waiting()).toBe(0);
    }
  });
});

/** The calls of the busiest processes: `top` and `top-push`. Every answer is checked against the OpenAPI document. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningGateway, startGateway } from '../../../support/gateway.ts';

const minute = 60_000;
let gateway: RunningGateway;
let key: string;
beforeAll(async () => {
  gateway = await startGateway({ maxKeyHosts: 3 });
  key = await gateway.createKey({ scopes: ['push'] });
});
afterAll(() => gateway.stop());

/** The end of the last full minute. */
const endMs = Math.floor(Date.now() / minute) * minute;
const ffmpeg = { pid: 7, name: 'ffmpeg', cpu_cores: 1.5, memory_bytes: 2_000, io_bytes_per_second: 30 };
const record = (to_ms = endMs, processes: readonly object[] = [ffmpeg]) => ({
  from_ms: to_ms - minute,
  to_ms,
  processes,
});

async function push(body: unknown, { as = key, headers = {} }: { as?: string; headers?: object } = {}) {
  const response = await gateway.fetch('/api/v1/top', {
    method: 'POST',
    headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json', ...headers },
    body: body instanceof Uint8Array ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as object };
}

async function ask(query: string, as?: string) {
  const headers = as === undefined ? {} : { authorization: `Bearer ${as}` };
  const response = await gateway.get(`/api/v1/top?${query}`, headers);
  return { status: response.status, body: (await response.json()) as object };
}

const iso = (timeMs: number) => new Date(timeMs).toISOString();

describe('a pushed record', () => {
  test('is the answer for its minute, and for now while it is new', async () => {
    const { status, headers, body } = await push({ host: 'web-1', records: [record()] });
    expect({ status, body }).toEqual({ status: 202, body: { accepted: 1, rejected: 0, errors: [] } });
    expect(headers.get('RateLimit')).toMatch(/^"collector";r=\d+;t=\d+$/);
    const answer = { from: iso(endMs - minute), to: iso(endMs), processes: [ffmpeg] };
    const known = { oldest: iso(endMs - minute), newest: iso(endMs) };
    const at = endMs - 30_000;
    expect(await ask(`host=web-1&at=${at}`)).toEqual({
      status: 200,
      body: { host: 'web-1', at: iso(at), record: answer, ...known },
    });
    expect((await ask('host=web-1')).body).toMatchObject({ record: answer });
    expect((await ask(`host=web-1&at=${iso(endMs - 10 * minute)}`)).body).toEqual({
      host: 'web-1',
      at: iso(endMs - 10 * minute),
      ...known,
    });
    expect((await ask('host=never&at=1000000')).body).toEqual({ host: 'never', at: iso(1_000_000) });
  });

  test('may be gzip, and control characters of names are replaced', async () => {
    const body = {
      host: 'web-2',
      records: [record(endMs, [{ ...ffmpeg, name: 'a\u001b[31mb', command_line: 'x\ny' }])],
    };
    const sent = await push(gzipSync(JSON.stringify(body)), { headers: { 'content-encoding': 'gzip' } });
    expect(sent.status).toBe(202);
    expect((await ask('host=web-2')).body).toMatchObject({
      record: { processes: [{ name: 'a\uFFFD[31mb', command_line: 'x\uFFFDy' }] },
    });
  });

  test('is rejected by itself when it is too old', async () => {
    const { body } = await push({ host: 'web-1', records: [record(endMs - 49 * 60 * minute), record(endMs - minute)] });
    expect(body).toEqual({
      accepted: 1,
      rejected: 1,
      errors: [{ index: 0, message: 'expected an end within the last 48 h' }],
    });
  });

  test.each([
    [{ host: 'web-1' }, 'records'],
    [{ host: '', records: [] }, 'host'],
    [{ host: 'web-1', records: [{ ...record(), to_ms: 'now' }] }, 'records[0].to_ms'],
    [{ host: 'web-1', records: [record(endMs, [{ ...ffmpeg, cpu_cores: -1 }])] }, 'records[0].processes[0].cpu_cores'],
    [
      {
        host: 'web-1',
        records: [
          record(
            endMs,
            Array.from({ length: 31 }, () => ffmpeg),
          ),
        ],
      },
      'records[0].processes',
    ],
    [{ host: 'web-1', records: Array.from({ length: 61 }, () => record()) }, 'records'],
  ])('is refused whole when it is malformed: %#', async (body, path) => {
    const answer = await push(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ errors: [{ path }] });
  });

  test('a body beyond the limit is refused, also when it is small as sent', async () => {
    const bomb = gzipSync(`{"host":"web-1","records":[${' '.repeat(600 * 1_024)}]}`);
    expect((await push(bomb, { headers: { 'content-encoding': 'gzip' } })).status).toBe(413);
  });
});

describe('the credential', () => {
  test('that is bound to a host writes and reads that host alone', async () => {
    const bound = await gateway.createKey({ scopes: ['push', 'read'], host: 'web-1' });
    expect((await push({ host: 'web-1', records: [record(endMs - 2 * minute)] }, { as: bound })).status).toBe(202);
    expect((await push({ host: 'web-2', records: [record()] }, { as: bound })).status).toBe(403);
    expect((await ask('host=web-1', bound)).status).toBe(200);
    expect((await ask('host=web-2', bound)).status).toBe(403);
  });

  test('needs the scope of the call', async () => {
    const reader = await gateway.createKey({ scopes: ['read'] });
    expect((await push({ host: 'web-1', records: [] }, { as: reader })).status).toBe(403);
    expect((await push({ host: 'web-1', records: [] }, { as: 'hp_wrong' })).status).toBe(401);
    expect((await ask('host=web-1', key)).status).toBe(403);
  });

  test('writes for as many hosts as its samples may', async () => {
    const other = await gateway.createKey({ scopes: ['push'] });
    for (const host of ['a', 'b', 'c'])
      expect((await push({ host, records: [record()] }, { as: other })).body).toMatchObject({ accepted: 1 });
    const { body } = await push({ host: 'd', records: [record()] }, { as: other });
    expect(body).toMatchObject({
      accepted: 0,
      rejected: 1,
      errors: [{ index: 0, message: expect.stringContaining('limit.hosts_per_key') }],
    });
  });
});

test.each([
  ['', 'host'],
  ['host=web-1&at=soon', 'at'],
  ['host=web-1&at=1769860800', 'at'],
  ['host=web-1&host=web-2', 'host'],
  ['host=web-1&by=cpu', 'by'],
])('the question %j is refused', async (query, path) => {
  const { status, body } = await ask(query);
  expect(status).toBe(400);
  expect(body).toMatchObject({ errors: [{ path }] });
});

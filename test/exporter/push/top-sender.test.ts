/** Sends records of processes to a real HTTP server. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, test } from '@jest/globals';
import { Secret } from '../../../common/program/settings/secret.ts';
import type { TopRecord } from '../../../common/top/top-record.ts';
import type { StoredTopRecord } from '../../../exporter/push/buffer/top-table.ts';
import { createTopSender, topUrl } from '../../../exporter/push/top-sender.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createRecordingLog } from '../../support/recording-log.ts';

interface Received {
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly host: string;
  readonly minutes: readonly number[];
}

const servers: Server[] = [];
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  for (const server of servers.splice(0)) server.close();
});

const record = (minute: number): TopRecord => ({ from_ms: minute - 1, to_ms: minute, processes: [] });

/** Starts a receiver that answers with the statuses in turn, then with 202, and a sender with a buffer in memory. */
async function open(statuses: number[], options: { retryAfter?: string } = {}) {
  const received: Received[] = [];
  let next = Promise.withResolvers<void>();
  /** Resolves when the sender waits for its next request: it has read the answer then. */
  let waits = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { host, records } = JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()) as {
        host: string;
        records: TopRecord[];
      };
      const { url, headers } = request;
      received.push({
        url,
        authorization: headers.authorization,
        host,
        minutes: records.map(({ to_ms: toMs }) => toMs),
      });
      const status = statuses.shift() ?? 202;
      response
        .writeHead(status, options.retryAfter === undefined ? {} : { 'Retry-After': options.retryAfter })
        .end('{}');
      next.resolve();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const stored: StoredTopRecord[] = [];
  const clock = createFakeClock(1_000_000);
  const log = createRecordingLog();
  const sender = createTopSender({
    serverUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/pulse`,
    apiKey: new Secret('hp_key'),
    tls: {},
    environment: {},
    host: 'web-1',
    version: '1.2.3',
    buffer: {
      append: (each) => void stored.push({ id: each.to_ms, record: each }),
      peek: (max) => stored.slice(0, max),
      acknowledge: (lastId) => void stored.splice(0, stored.filter(({ id }) => id <= lastId).length),
    },
    clock: {
      now: () => clock.now(),
      sleep(ms, signal) {
        waits.resolve();
        return clock.sleep(ms, signal);
      },
    },
    random: () => 0.999,
    log,
  });
  stops.push(async () => {
    await sender.stop();
    sender.close();
  });
  const append = (...minutes: readonly number[]) => {
    for (const minute of minutes) stored.push({ id: minute, record: record(minute) });
    sender.wake();
  };
  /** Advances the clock, and waits for the request that follows. */
  const nextRequest = async (afterMs: number) => {
    waits = Promise.withResolvers();
    await clock.advance(afterMs);
    await next.promise;
    next = Promise.withResolvers();
    await waits.promise;
  };
  return { sender, received, stored, log, append, nextRequest, clock };
}

test('records are sent in order, 60 at a time every 10 seconds, and removed once accepted', async () => {
  const { sender, received, stored, append, nextRequest } = await open([]);
  append(...Array.from({ length: 70 }, (_, at) => at + 1));
  sender.start();
  await nextRequest(0);
  expect(received).toEqual([
    {
      url: '/pulse/api/v1/top',
      authorization: 'Bearer hp_key',
      host: 'web-1',
      minutes: Array.from({ length: 60 }, (_, at) => at + 1),
    },
  ]);
  expect(stored).toHaveLength(10);
  await nextRequest(10_000);
  expect(received[1]?.minutes).toHaveLength(10);
  expect(stored).toEqual([]);
});

test('a failed request is repeated, later after each failure, and the failure is logged once', async () => {
  const { sender, received, stored, log, append, nextRequest, clock } = await open([500, 500]);
  append(1);
  sender.start();
  await nextRequest(0);
  await nextRequest(10_000);
  await clock.advance(15_000);
  expect(received).toHaveLength(2);
  expect(stored).toHaveLength(1);
  await nextRequest(5_000);
  expect(received).toHaveLength(3);
  expect(stored).toEqual([]);
  expect(log.lines.map(({ msg }) => msg)).toEqual([
    'records of processes cannot be sent; they stay in the buffer for 48 h',
    'records of processes are accepted again',
  ]);
});

test('a receiver without the call is asked once an hour', async () => {
  const { sender, received, append, nextRequest, clock } = await open([404]);
  append(1);
  sender.start();
  await nextRequest(0);
  await clock.advance(3_599_000);
  expect(received).toHaveLength(1);
  await nextRequest(1_000);
  expect(received).toHaveLength(2);
});

test('records that the gateway refuses permanently are removed', async () => {
  const { sender, stored, log, append, nextRequest } = await open([400]);
  append(1);
  sender.start();
  await nextRequest(0);
  expect(stored).toEqual([]);
  expect(log.lines.at(-1)).toMatchObject({ level: 'error', records: 1 });
});

test('the pending records are sent once at the end', async () => {
  const { sender, received, stored, append } = await open([]);
  sender.start();
  await sender.stop();
  append(1, 2);
  await sender.flush(1_000);
  expect(received.map(({ minutes }) => minutes)).toEqual([[1, 2]]);
  expect(stored).toEqual([]);
  await sender.flush(1_000);
  expect(received).toHaveLength(1);
});

test.each([
  ['https://monitoring.example.com', 'https://monitoring.example.com/api/v1/top'],
  ['https://example.com/pulse/', 'https://example.com/pulse/api/v1/top'],
  ['https://example.com/pulse/api/v1/write', 'https://example.com/pulse/api/v1/top'],
])('the URL below %s', (serverUrl, expected) => {
  expect(topUrl(serverUrl).href).toBe(expected);
});

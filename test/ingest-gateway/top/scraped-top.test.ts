/** Fetches from real servers, which answer as exporters do. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { Secret } from '../../../common/program/settings/secret.ts';
import { openStore } from '../../../common/store/open.ts';
import type { TopRecord } from '../../../common/top/top-record.ts';
import { createScrapedTop, minutesUrl } from '../../../ingest-gateway/top/scraped-top.ts';
import { createLogLines } from '../../support/log-lines.ts';

const servers: Server[] = [];
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

const recordOf = (to_ms: number): TopRecord => ({
  from_ms: to_ms - 60_000,
  to_ms,
  processes: [{ pid: 1, name: 'x', cpu_cores: 1, memory_bytes: 1 }],
});

const answering =
  (records: () => readonly TopRecord[], asked: string[] = []): RequestListener =>
  ({ url = '', headers }, response) => {
    asked.push(`${url} ${headers.authorization ?? ''}`.trim());
    response.end(JSON.stringify({ records: records() }));
  };

async function open(urls: ReadonlyMap<string, string>, options: { timeoutMs?: number; password?: string } = {}) {
  const clock = { nowMs: 1_000_000_000 };
  const stored: [string, number[]][] = [];
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-scraped-top-'));
  closers.push(async () => rmSync(folder, { recursive: true }));
  const store = await openStore({ path: join(folder, 'store.db') });
  const registry = new Registry();
  const { password } = options;
  const fetches = createScrapedTop({
    db: store.db,
    records: {
      store(host, records) {
        stored.push([host, records.map(({ to_ms: toMs }) => toMs)]);
        return Promise.resolve({ accepted: records.length, rejections: [] });
      },
    },
    scrapeUrls: () => urls,
    caFile: undefined,
    basicAuth: password === undefined ? undefined : { username: 'prometheus', password: new Secret(password) },
    registry,
    log: createLogLines().log,
    now: () => clock.nowMs,
    timeoutMs: options.timeoutMs ?? 2_000,
  });
  closers.push(
    () => store.close(),
    () => fetches.stop(),
  );
  const counts = async () => {
    const [metric] = await registry.getMetricsAsJSON();
    return Object.fromEntries((metric?.values ?? []).map(({ labels, value }) => [labels['outcome'], value]));
  };
  return { clock, stored, fetches, counts };
}

test('every exporter is asked every two minutes, and each record is stored once', async () => {
  const asked: string[] = [];
  let records = [recordOf(100_000), recordOf(200_000)];
  const urls = new Map([['web-1', await listen(answering(() => records, asked))]]);
  const { clock, stored, fetches, counts } = await open(urls, { password: 'secret' });
  await fetches.run();
  expect(asked).toEqual([`/api/top/minutes Basic ${Buffer.from('prometheus:secret').toString('base64')}`]);
  clock.nowMs += 60_000;
  await fetches.run();
  expect(asked).toHaveLength(1);
  records = [...records, recordOf(300_000)];
  clock.nowMs += 60_000;
  await fetches.run();
  expect(stored).toEqual([
    ['web-1', [100_000, 200_000]],
    ['web-1', [300_000]],
  ]);
  urls.delete('web-1');
  clock.nowMs += 120_000;
  await fetches.run();
  expect(asked).toHaveLength(2);
  expect(await counts()).toEqual({ ok: 2, absent: 0, failed: 0 });
});

test('an exporter that hangs, fails or keeps no records delays no other and is asked less often', async () => {
  const hung: string[] = [];
  const absent: string[] = [];
  const urls = new Map([
    ['hung', await listen(({ url = '' }) => void hung.push(url))],
    [
      'node-exporter',
      await listen(({ url = '' }, response) => {
        absent.push(url);
        response.writeHead(404).end('not found');
      }),
    ],
    ['large', await listen((_, response) => void response.end('x'.repeat(600 * 1_024)))],
    ['odd', await listen((_, response) => void response.end('{"records":[{"from_ms":"x"}]}'))],
    ['elsewhere', await listen((_, response) => void response.writeHead(302, { Location: '/secret' }).end())],
    ['good', await listen(answering(() => [recordOf(100_000)]))],
  ]);
  const { clock, stored, fetches, counts } = await open(urls, { timeoutMs: 300 });
  await fetches.run();
  expect(stored).toEqual([['good', [100_000]]]);
  expect(await counts()).toEqual({ ok: 1, absent: 1, failed: 4 });
  for (let minute = 0; minute < 14; minute++) {
    clock.nowMs += 60_000;
    await fetches.run();
  }
  expect(absent).toHaveLength(1);
  // After 2, 2, 4 and 8 minutes.
  expect(hung).toHaveLength(4);
  expect((await counts())['ok']).toBe(8);
}, 20_000);

test('at most eight fetches run at once', async () => {
  let open_ = 0;
  let most = 0;
  const url = await listen((_, response) => {
    open_ += 1;
    most = Math.max(most, open_);
    setTimeout(() => {
      open_ -= 1;
      response.end('{"records":[]}');
    }, 50);
  });
  const { clock, fetches, counts } = await open(new Map(Array.from({ length: 20 }, (_, at) => [`web-${at}`, url])));
  await fetches.run();
  clock.nowMs += 120_000;
  await fetches.run();
  expect(most).toBe(8);
  await fetches.run();
  await fetches.run();
  expect(await counts()).toEqual({ ok: 20, absent: 0, failed: 0 });
});

test.each([
  ['http://web-1:9100/metrics', 'http://web-1:9100/api/top/minutes'],
  ['https://proxy/pulse/metrics?collect[]=cpu', 'https://proxy/pulse/api/top/minutes'],
  ['http://web-1:9100/', 'http://web-1:9100/api/top/minutes'],
])('the records of %s', (scrapeUrl, expected) => {
  expect(minutesUrl(scrapeUrl)).toBe(expected);
});

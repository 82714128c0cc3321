/** Whether tombstones are cleaned, by version and blocks, and against a server that answers like Prometheus. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createPrometheusConnection, type PrometheusConnection } from '../../../../common/prometheus/connection.ts';
import { openStore, type Store } from '../../../../common/store/open.ts';
import { withTombstoneLease } from '../../../../ingest-gateway/rollups/repair/replace-points.ts';
import { cleanWhereSafe, decideCleaning } from '../../../../ingest-gateway/rollups/retention/clean-guard.ts';
import type { BlocksReading, TsdbBlock } from '../../../../ingest-gateway/rollups/retention/tsdb-blocks.ts';

const hourMs = 3_600_000;
let count = 0;

function block(endHour: number, ...marks: readonly ('out-of-order' | 'tombstones')[]): TsdbBlock {
  count += 1;
  return {
    ulid: `BLOCK${count}`,
    minTimeMs: (endHour - 2) * hourMs,
    maxTimeMs: endHour * hourMs,
    isOutOfOrder: marks.includes('out-of-order'),
    hasTombstones: marks.includes('tombstones'),
  };
}

const read = (...blocks: readonly TsdbBlock[]): BlocksReading => ({ kind: 'read', blocks });
const atRisk = read(block(2), block(4, 'out-of-order', 'tombstones'));

test.each([
  ['2.42.0', 'skipped'],
  ['2.42.0+ds', 'skipped'],
  ['2.52.0', 'skipped'],
  ['2.53.0-rc.1', 'skipped'],
  ['2.53.0~rc1+ds', 'skipped'],
  ['2.53.0', 'clean'],
  ['2.53.3+ds1', 'clean'],
  ['v2.54.1', 'clean'],
  ['3.0.0-rc.0', 'clean'],
  ['3.5.3', 'clean'],
  ['10.0.0', 'clean'],
  ['1.99.0', 'skipped'],
  ['', 'skipped'],
  ['main', 'skipped'],
  ['3', 'skipped'],
])('version "%s", newest block out-of-order with tombstones: %s', (version, kind) => {
  expect(decideCleaning({ version, blocks: atRisk }).kind).toBe(kind);
  expect(decideCleaning({ version, blocks: undefined }).kind).toBe(kind);
});

test.each([
  ['no block', read(), 'clean'],
  ['only in-order blocks', read(block(2, 'tombstones'), block(4, 'tombstones')), 'clean'],
  ['an in-order block ends later', read(block(2, 'out-of-order', 'tombstones'), block(4)), 'clean'],
  ['an in-order block ends at the same time', read(block(4, 'out-of-order', 'tombstones'), block(4)), 'clean'],
  ['the newest has no tombstones', read(block(2, 'tombstones'), block(4, 'out-of-order')), 'clean'],
  ['the newest has tombstones', atRisk, 'skipped'],
  ['the last but one has', read(block(2), block(4, 'out-of-order', 'tombstones'), block(6, 'out-of-order')), 'skipped'],
  ['every block is out-of-order', read(block(2, 'out-of-order', 'tombstones')), 'skipped'],
  ['blocks in any order', read(block(4, 'out-of-order', 'tombstones'), block(6), block(2)), 'clean'],
  ['blocks not known', { kind: 'unknown', reason: 'EACCES' } as const, 'skipped'],
])('before 2.53, %s: %#', (_, blocks, kind) => {
  expect(decideCleaning({ version: '2.42.0', blocks }).kind).toBe(kind);
});

test.each([
  ['2.42.0', undefined, /^Prometheus 2\.42\.0 can lose .*2\.53 or later, or set retention\.prometheus_data_dir/],
  ['', undefined, /^Prometheus of an unknown version can lose/],
  ['2.42.0', { kind: 'unknown', reason: 'EACCES: permission denied' } as const, /EACCES.*upgrade Prometheus to 2\.53/],
  ['2.42.0', read(block(2, 'out-of-order', 'tombstones')), /newest block, BLOCK\d+, .*upgrade Prometheus to 2\.53/],
  [undefined, read(), /^the backend does not identify itself as Prometheus; .*retention\.enabled: false/],
])('the reason says why and what to do: version %j', (version, blocks, reason) => {
  expect(decideCleaning({ version, blocks })).toEqual({ kind: 'skipped', reason: expect.stringMatching(reason) });
});

let folder: string;
let server: Server;
let connection: PrometheusConnection;
let store: Store;
let posts: string[];
/** Delays the answer to a POST. */
let cleaning: Promise<void>;
let pages: Record<string, string>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-clean-'));
  store = await openStore({ path: join(folder, 'store.db') });
  posts = [];
  cleaning = Promise.resolve();
  pages = {};
  server = createServer((request, response) => {
    const page = pages[request.url ?? ''];
    if (request.method === 'POST') {
      posts.push(request.url ?? '');
      void cleaning.then(() => response.writeHead(204).end());
    } else response.writeHead(page === undefined ? 404 : 200).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const bounds = { timeoutMs: 5_000, maxConcurrency: 1, maxAnswerBytes: 2 ** 20 };
  connection = createPrometheusConnection({ name: 'Prometheus', url, ...bounds });
});

afterEach(async () => {
  connection.close();
  await store.close();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const cleanPath = '/api/v1/admin/tsdb/clean_tombstones';

function answerAs(version: string, loadedBlocks: number): void {
  const data = { version, goVersion: 'go1.19.8' };
  pages['/api/v1/status/buildinfo'] = JSON.stringify({ status: 'success', data });
  pages['/metrics'] = `prometheus_tsdb_blocks_loaded ${loadedBlocks}\n`;
}

function writeBlock(name: string, endMs: number, hints: readonly string[], numTombstones: number): void {
  mkdirSync(join(folder, name));
  const meta = {
    ulid: name,
    minTime: endMs - hourMs,
    maxTime: endMs,
    stats: { numTombstones },
    compaction: { level: 1, sources: [name], hints },
    version: 1,
  };
  writeFileSync(join(folder, name, 'meta.json'), JSON.stringify(meta));
}

const names = ['01JDN0000000000000000000A1', '01JDN0000000000000000000A2'] as const;

test('before 2.53 it cleans when the blocks show that no sample can be lost', async () => {
  writeBlock(names[0], 2 * hourMs, ['from-out-of-order'], 3);
  answerAs('2.42.0', 1);
  const request = { prometheus: connection, db: store.db, dataDirectory: folder };
  const skipped = { kind: 'skipped', reason: expect.stringContaining(names[0]) };
  expect(await cleanWhereSafe(request)).toEqual(skipped);
  expect(posts).toEqual([]);
  writeBlock(names[1], 3 * hourMs, [], 0);
  answerAs('2.42.0', 2);
  expect(await cleanWhereSafe(request)).toEqual({ kind: 'done' });
  expect(posts).toEqual([cleanPath]);
});

test('before 2.53 it does not trust a directory with other blocks than Prometheus has loaded', async () => {
  answerAs('2.42.0', 7);
  expect(await cleanWhereSafe({ prometheus: connection, db: store.db, dataDirectory: folder })).toEqual({
    kind: 'skipped',
    reason: expect.stringContaining('retention.prometheus_data_dir has 0 blocks, Prometheus has loaded 7'),
  });
  pages['/metrics'] = 'up 1\n';
  expect(await cleanWhereSafe({ prometheus: connection, db: store.db, dataDirectory: folder })).toMatchObject({
    kind: 'skipped',
  });
  expect(posts).toEqual([]);
});

test('from 2.53 on it needs no directory', async () => {
  answerAs('2.53.3', 7);
  expect(await cleanWhereSafe({ prometheus: connection, db: store.db, dataDirectory: undefined })).toEqual({
    kind: 'done',
  });
  expect(posts).toEqual([cleanPath]);
});

test('it cleans nothing in a backend that does not identify itself as Prometheus', async () => {
  const request = { prometheus: connection, db: store.db, dataDirectory: undefined };
  expect(await cleanWhereSafe(request)).toMatchObject({ kind: 'skipped' });
  pages['/api/v1/status/buildinfo'] = '{"status":"success","data":{"version":"2.24.0"}}';
  expect(await cleanWhereSafe(request)).toMatchObject({ kind: 'skipped' });
  expect(posts).toEqual([]);
});

test('the blocks are read after a repair has deleted its points, not before', async () => {
  writeBlock(names[0], 2 * hourMs, [], 0);
  answerAs('2.42.0', 1);
  const repairing = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const repair = withTombstoneLease({ db: store.db, signal: undefined }, async () => {
    held.resolve();
    await repairing.promise;
    writeBlock(names[1], 3 * hourMs, ['from-out-of-order'], 1);
    answerAs('2.42.0', 2);
  });
  await held.promise;
  const cleaned = cleanWhereSafe({ prometheus: connection, db: store.db, dataDirectory: folder });
  await sleep(300);
  expect(posts).toEqual([]);
  repairing.resolve();
  await repair;
  expect(await cleaned).toEqual({ kind: 'skipped', reason: expect.stringContaining(names[1]) });
  expect(posts).toEqual([]);
});

test('a repair deletes no point until the cleaning is over', async () => {
  answerAs('2.53.3', 7);
  const { promise, resolve } = Promise.withResolvers<void>();
  cleaning = promise;
  const cleaned = cleanWhereSafe({ prometheus: connection, db: store.db, dataDirectory: undefined });
  while (posts.length === 0) await sleep(10);
  let isDeleting = false;
  const repair = withTombstoneLease({ db: store.db, signal: undefined }, async () => {
    isDeleting = true;
  });
  await sleep(300);
  expect(isDeleting).toBe(false);
  resolve();
  expect(await cleaned).toEqual({ kind: 'done' });
  await repair;
  expect(isDeleting).toBe(true);
});

/** Whether tombstones are cleaned, by version, and against a server that answers like Prometheus. */
import { mkdtempSync, rmSync } from 'node:fs';
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
])('version "%s": %s', (version, kind) => {
  expect(decideCleaning(version).kind).toBe(kind);
});

test.each([
  ['2.42.0', /^Prometheus 2\.42\.0 can lose samples .*upgrade Prometheus to 2\.53 or later/],
  ['', /^Prometheus of an unknown version can lose/],
  [undefined, /^the backend does not identify itself as Prometheus; .*retention\.enabled: false/],
])('the reason says why and what to do: version %j', (version, reason) => {
  expect(decideCleaning(version)).toEqual({ kind: 'skipped', reason: expect.stringMatching(reason) });
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

function answerAs(version: string): void {
  const data = { version, goVersion: 'go1.19.8' };
  pages['/api/v1/status/buildinfo'] = JSON.stringify({ status: 'success', data });
}

test('before 2.53 it never cleans', async () => {
  answerAs('2.42.0');
  expect(await cleanWhereSafe({ prometheus: connection, db: store.db })).toMatchObject({ kind: 'skipped' });
  expect(posts).toEqual([]);
});

test('from 2.53 on it cleans', async () => {
  answerAs('2.53.3');
  expect(await cleanWhereSafe({ prometheus: connection, db: store.db })).toEqual({ kind: 'done' });
  expect(posts).toEqual([cleanPath]);
});

test('it cleans nothing in a backend that does not identify itself as Prometheus', async () => {
  const request = { prometheus: connection, db: store.db };
  expect(await cleanWhereSafe(request)).toMatchObject({ kind: 'skipped' });
  pages['/api/v1/status/buildinfo'] = '{"status":"success","data":{"version":"2.24.0"}}';
  expect(await cleanWhereSafe(request)).toMatchObject({ kind: 'skipped' });
  expect(posts).toEqual([]);
});

test('a repair deletes no point until the cleaning is over', async () => {
  answerAs('2.53.3');
  const { promise, resolve } = Promise.withResolvers<void>();
  cleaning = promise;
  const cleaned = cleanWhereSafe({ prometheus: connection, db: store.db });
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

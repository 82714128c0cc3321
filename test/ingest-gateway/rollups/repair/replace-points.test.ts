/** Deletion of wrong points in a real Prometheus: no point of a series with more labels is deleted. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPrometheusConnection, type PrometheusConnection } from '../../../../common/prometheus/connection.ts';
import { openStore, type Store } from '../../../../common/store/open.ts';
import { emptyReport, type PointWriter } from '../../../../ingest-gateway/rollups/repair/recomputed-points.ts';
import { createPointReplacement, deleteWrongPoints } from '../../../../ingest-gateway/rollups/repair/replace-points.ts';
import { freePort } from '../../../support/process.ts';
import { createPrometheus, type TestPrometheus } from '../../../support/prometheus.ts';
import { readStored, seriesKey, writeBody, writeHeaders } from '../../../support/pushes.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-replace-points-'));
const timeMs = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
let prometheus: TestPrometheus;
let connection: PrometheusConnection;
let store: Store;

beforeAll(async () => {
  prometheus = createPrometheus({
    port: await freePort(),
    folder,
    config: {},
    flags: ['--web.enable-remote-write-receiver', '--web.enable-admin-api'],
  });
  await prometheus.start();
  const bounds = { timeoutMs: 30_000, maxConcurrency: 1, maxAnswerBytes: 2 ** 20 };
  connection = createPrometheusConnection({ name: 'Prometheus', url: prometheus.url, ...bounds });
  store = await openStore({ path: join(folder, 'store.db') });
}, 60_000);

afterAll(async () => {
  connection.close();
  await store.close();
  await prometheus.stop('SIGKILL');
  rmSync(folder, { recursive: true });
});

async function write(series: readonly Readonly<Record<string, string>>[]): Promise<void> {
  const points = [0, 1, 2].map((minute) => [timeMs + minute * 60_000, minute] as const);
  const body = writeBody(series.map((labels) => ({ labels, points })));
  const response = await fetch(`${prometheus.url}/api/v1/write`, { method: 'POST', headers: writeHeaders, body });
  expect(response.status).toBe(204);
}

/** Returns the values left in each series. */
async function valuesIn(selector: string): Promise<Record<string, number[]>> {
  const stored = await readStored(prometheus, selector, [timeMs, timeMs + 120_000]);
  return Object.fromEntries([...stored].map(([key, points]) => [key, points.map(([, value]) => value)]));
}

const wrongAt = (labels: Readonly<Record<string, string>>, minute: number) => ({
  labels,
  points: [
    { timeMs: timeMs + minute * 60_000, value: 9, kind: 'wrong' as const },
    { timeMs: timeMs + 120_000, value: 9, kind: 'missing' as const },
  ],
});

test('deletes the wrong points of a series, and none of the series with more labels', async () => {
  const plain = { __name__: 'a:b:avg1m', instance: 'web-1', job: 'node' };
  const series = [
    plain,
    { ...plain, env: 'prod' },
    { ...plain, env: 'prod', rack: 'r1' },
    { ...plain, instance: 'web-2' },
    { ...plain, __name__: 'a:c:avg1m' },
  ];
  await write(series);
  const deletion = { prometheus: connection, db: store.db, signal: undefined };
  expect(await deleteWrongPoints(deletion, [wrongAt(plain, 0), wrongAt({ ...plain, env: 'prod' }, 1)])).toBe(0);
  expect(await valuesIn('{job="node"}')).toEqual({
    [seriesKey(series[0] ?? {})]: [1, 2],
    [seriesKey(series[1] ?? {})]: [0, 2],
    [seriesKey(series[2] ?? {})]: [0, 1, 2],
    [seriesKey(series[3] ?? {})]: [0, 1, 2],
    [seriesKey(series[4] ?? {})]: [0, 1, 2],
  });
}, 60_000);

test('a series that is not in Prometheus is left alone and counted', async () => {
  const gone = { __name__: 'a:b:avg1m', instance: 'gone', job: 'other' };
  const deletion = { prometheus: connection, db: store.db, signal: undefined };
  expect(await deleteWrongPoints(deletion, [wrongAt(gone, 0)])).toBe(1);
  expect(await store.db.selectFrom('leases').selectAll().execute()).toEqual([]);
}, 60_000);

test('points of the head and points that cannot be written again are left alone', async () => {
  const labels = { __name__: 'instance:load:avg1m', job: 'node', instance: 'head' };
  await write([labels]);
  const writer: PointWriter = { write: () => Promise.reject(new Error('expected no write')) };
  const clean = () => Promise.reject(new Error('expected no cleaning'));
  const replacement = createPointReplacement({
    prometheus: connection,
    db: store.db,
    writer,
    whyUnsafe: () => Promise.resolve(undefined),
    clean,
  });
  const report = emptyReport();
  const point = (atMs: number) => ({ timeMs: atMs, value: 9, kind: 'wrong' as const });
  const wrong = [{ labels, points: [point(timeMs - 30 * 3_600_000), point(timeMs), point(timeMs + 60_000)] }];
  await replacement.run({ wrong, report });
  expect(report).toMatchObject({ postponed: 2, remaining: 1, inexact: 0 });
  expect([...report.refused]).toEqual([['too_old', 1]]);
  expect(await valuesIn('instance:load:avg1m{instance="head"}')).toEqual({ [seriesKey(labels)]: [0, 1, 2] });
});

test('no point is replaced where a deletion may hide other points', async () => {
  const labels = { __name__: 'instance:load:avg1m', job: 'node', instance: 'block' };
  await write([labels]);
  // The head begins with the samples of the first test: older points are in blocks.
  const old = { timeMs: timeMs - 3_600_000, value: 9, kind: 'wrong' as const };
  const replacement = createPointReplacement({
    prometheus: connection,
    db: store.db,
    writer: { write: () => Promise.reject(new Error('expected no write')) },
    whyUnsafe: () => Promise.resolve('too old a version'),
    clean: () => Promise.reject(new Error('expected no cleaning')),
  });
  const report = emptyReport();
  await replacement.run({ wrong: [{ labels, points: [old] }], report });
  expect(report).toMatchObject({ postponed: 1, remaining: 0, inexact: 0, notReplaced: 'too old a version' });
  expect(await valuesIn('instance:load:avg1m{instance="block"}')).toEqual({ [seriesKey(labels)]: [0, 1, 2] });
});

/** Pictures are ready in time or left out, also when Prometheus fails. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { createPictures, type Pictures } from '../../../alert-relay/chart/pictures.ts';
import { createRelayMetrics } from '../../../alert-relay/stages/metrics.ts';
import { createPrometheusConnection, type PrometheusConnection } from '../../../common/prometheus/connection.ts';
import type { RangeSeries } from '../../../common/prometheus/query.ts';
import { openStore, type Store } from '../../../common/store/open.ts';
import { groupCases, messageCases } from '../../support/alert-messages.ts';
import { pictureCases } from '../../support/alert-pictures.ts';
import { named } from '../../support/named.ts';
import { decodePng } from '../../support/png.ts';
import { type RangeSource, startRangeSource } from '../../support/range-source.ts';
import { createRecordingLog, type RecordingLog } from '../../support/recording-log.ts';

let source: RangeSource;
let connection: PrometheusConnection;
let pictures: Pictures;
let log: RecordingLog;
let registry: Registry;
let store: Store;
let folder = '';
let nowMs = 0;

beforeEach(async () => {
  source = await startRangeSource();
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-pictures-'));
  store = await openStore({ path: join(folder, 'hostpulse.db') });
  registry = new Registry();
  log = createRecordingLog();
  const limits = { timeoutMs: 5_000, maxConcurrency: 2, maxAnswerBytes: 2 ** 20 };
  connection = createPrometheusConnection({ name: 'Prometheus', url: source.url, ...limits });
  const now = (): number => nowMs;
  const metrics = createRelayMetrics({ registry, db: store.db, channels: () => [], now, log });
  pictures = createPictures({ connection, metrics, log, now, limitMs: 10_000 });
});
afterEach(async () => {
  pictures.stop();
  connection.close();
  await source.stop();
  await store.close();
  rmSync(folder, { recursive: true });
});

const firing = named(messageCases, 'firing');
const other = named(messageCases, 'critical-with-labels');

/** Prometheus' response for a message's metric. */
function seriesOf(name: string): readonly RangeSeries[] {
  const { chart, subject } = pictureCases.find((each) => each.name === name) ?? pictureCases[0]!;
  return chart.lines.map(({ points, role }, at) => ({
    labels: role === 'other' ? { instance: 'db-1', mountpoint: `/${at}` } : (subject.alerts[at] ?? {}),
    points,
  }));
}

async function outcomes(): Promise<string> {
  const text = await registry.getSingleMetricAsString('hostpulse_relay_pictures_total');
  return [...text.matchAll(/outcome="(\w+)"\} (\d+)/g)].map(([, outcome, count]) => `${outcome} ${count}`).join(', ');
}

describe('a picture', () => {
  test('shows the last hour of the host and is drawn once for all channels', async () => {
    source.answerWith(seriesOf('firing'));
    const [first, second] = await Promise.all([pictures.tryPicture(firing), pictures.tryPicture(firing)]);
    expect(decodePng(first?.png ?? Buffer.alloc(0)).width).toBe(1_200);
    expect(second).toBe(first);
    expect(first?.alt).toBe(
      'The last hour of cpu.usage.total in percent with its threshold 80 %. CpuUsageHigh on web-1: web-1: CPU usage is 91.5 %',
    );
    expect(source.asked).toHaveLength(1);
    const asked = Object.fromEntries(source.asked[0] ?? []);
    expect(asked).toEqual({
      query: `(${firing.annotations['expr']}\n) and on (instance) (label_replace(vector(1), "instance", "web-1", "", ""))`,
      start: (firing.renderedAtMs / 1_000 - 3_600).toFixed(3),
      end: (firing.renderedAtMs / 1_000).toFixed(3),
      step: '15.000',
    });
    expect(await outcomes()).toBe('made 1, absent 0, failed 0');
  });

  test('is drawn for hostile alerts and for groups', async () => {
    source.answerWith(seriesOf('hostile'));
    expect((await pictures.tryPicture(named(messageCases, 'hostile')))?.png.length).toBeGreaterThan(10_000);
    source.answerWith(seriesOf('group-firing'));
    expect((await pictures.tryPicture(named(groupCases, 'group-firing')))?.png.length).toBeGreaterThan(10_000);
    expect(source.asked[1]?.get('query')?.match(/label_replace/g)).toHaveLength(20);
    expect(log.lines).toEqual([]);
  });
});

describe('no picture', () => {
  test('the rule has no annotation expr, or Prometheus has no series of the alert', async () => {
    expect(await pictures.tryPicture(named(messageCases, 'bare'))).toBeUndefined();
    expect(source.asked).toEqual([]);
    expect(await pictures.tryPicture(firing)).toBeUndefined();
    source.answerWith([{ labels: { instance: 'web-2' }, points: [[firing.renderedAtMs, 1]] }]);
    nowMs += 60_000;
    expect(await pictures.tryPicture(firing)).toBeUndefined();
    source.answerWith([{ labels: { instance: 'web-1' }, points: [[firing.renderedAtMs, Number.NaN]] }]);
    nowMs += 60_000;
    expect(await pictures.tryPicture(firing)).toBeUndefined();
    expect(await outcomes()).toBe('made 0, absent 4, failed 0');
    expect(log.lines).toEqual([]);
  });

  test("a fault of one rule does not affect another rule's pictures", async () => {
    source.answerWith({ error: 'parse error: unexpected end' });
    expect(await pictures.tryPicture(firing)).toBeUndefined();
    expect(log.lines).toMatchObject([
      { level: 'warn', alertname: 'CpuUsageHigh', error: 'parse error: unexpected end' },
    ]);
    source.answerWith(seriesOf('critical-with-labels'));
    expect(await pictures.tryPicture(other)).toBeDefined();
  });

  test('Prometheus hangs: the picture is left out in time, and the next messages do not wait', async () => {
    pictures.stop();
    const metrics = createRelayMetrics({
      registry: new Registry(),
      db: store.db,
      channels: () => [],
      now: () => nowMs,
      log,
    });
    pictures = createPictures({ connection, metrics, log, now: () => nowMs, limitMs: 50 });
    source.answerWith('hangs');
    expect(await pictures.tryPicture(firing)).toBeUndefined();
    source.answerWith(seriesOf('critical-with-labels'));
    expect(await pictures.tryPicture(other)).toBeUndefined();
    expect(source.asked).toHaveLength(1);
    expect(log.lines).toMatchObject([{ level: 'warn', error: 'not within 0.05 s', for_ms: 15_000 }]);
  });

  test('Prometheus is unreachable and returns', async () => {
    const { url } = source;
    await source.stop();
    expect(await pictures.tryPicture(firing)).toBeUndefined();
    expect(await pictures.tryPicture(other)).toBeUndefined();
    expect(log.lines).toHaveLength(1);
    expect(JSON.stringify(log.lines)).not.toContain(url);
    nowMs += 15_000;
    expect(await pictures.tryPicture(other)).toBeUndefined();
    expect(log.lines).toHaveLength(2);
  });
});

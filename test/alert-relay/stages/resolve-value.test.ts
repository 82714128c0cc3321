/** The selection of the alert's series, and the value at the end of an alert. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { tryPickValue, tryResolveValue } from '../../../alert-relay/stages/resolve-value.ts';
import { createPrometheusConnection, type PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { createRecordingLog } from '../../support/recording-log.ts';

const alert = { alertname: 'CpuUsageHigh', severity: 'warning', job: 'node', instance: 'web-1', mountpoint: '/' };
const sample = (labels: Record<string, string>, value: number) => ({ labels, value, timeMs: 0 });

describe('tryPickValue', () => {
  test.each([
    [
      'the series with the labels of the alert',
      [sample({ instance: 'web-2' }, 1), sample({ instance: 'web-1' }, 2)],
      2,
    ],
    ['the name of the metric is ignored', [sample({ __name__: 'x', job: 'node', instance: 'web-1' }, 3)], 3],
    ['a series without labels', [sample({}, 4)], 4],
    ['0 is a value', [sample({ instance: 'web-1' }, 0)], 0],
    ['no series', [], undefined],
    ["only another host's", [sample({ instance: 'web-2' }, 5)], undefined],
    ['a label that the alert lacks', [sample({ instance: 'web-1', cpu: '0' }, 6)], undefined],
    ['two matching series', [sample({ instance: 'web-1' }, 7), sample({ job: 'node' }, 8)], undefined],
    ['not a finite number', [sample({ instance: 'web-1' }, Number.NaN)], Number.NaN],
  ])('%s', (_name, samples, expected) => {
    expect(tryPickValue(samples, alert)).toBe(expected);
  });
});

describe('tryResolveValue', () => {
  /** Series by expression, at any time. */
  let answers: Readonly<Record<string, readonly (readonly [labels: Record<string, string>, value: string])[]>> = {};
  let times: (string | null)[] = [];
  let server: Server;
  let connection: PrometheusConnection;

  beforeEach(async () => {
    times = [];
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const asked = new URLSearchParams(Buffer.concat(chunks).toString());
        times.push(asked.get('time'));
        const found = answers[asked.get('query') ?? ''] ?? [];
        const result = found.map(([metric, value]) => ({ metric, value: [100, value] }));
        response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const limits = { timeoutMs: 5_000, maxConcurrency: 2, maxAnswerBytes: 2 ** 20 };
    connection = createPrometheusConnection({ name: 'Prometheus', url, ...limits });
  });
  afterEach(() => {
    connection.close();
    server.close();
  });

  const labels = { alertname: 'MemoryUsageHigh', severity: 'warning', job: 'node', instance: 'web-1' };
  const up = (value: string, job = 'node') =>
    ({ [`up{instance="web-1",job="${job}"}`]: [[{ instance: 'web-1', job }, value]] }) as const;
  const used = { memory_used: [[{ instance: 'web-1', job: 'node' }, '12.5']] } as const;
  const ended = (changes: Partial<Parameters<typeof tryResolveValue>[0]> = {}) => ({
    alertname: 'MemoryUsageHigh',
    annotations: { expr: 'memory_used' },
    labels,
    ends_at: 100_000,
    ...changes,
  });

  test.each([
    ['the value', { ...used, ...up('0') }, ended(), 12.5],
    ['a host that was down', up('0'), ended(), 'host down'],
    ['a host that was up', up('1'), ended(), undefined],
    ['a host that nothing reports about', {}, ended(), undefined],
    ['a rule without the expression', up('0'), ended({ annotations: {} }), 'host down'],
    ['an alert without a job', up('0'), ended({ labels: { instance: 'web-1' } }), 'host down'],
    ['an alert of another job', up('0', 'db'), ended({ labels: { ...labels, job: 'db' } }), 'host down'],
    ['an alert without a host', up('0'), ended({ labels: { job: 'node' } }), undefined],
    ['an alert that fires', up('0'), ended({ ends_at: null }), undefined],
  ])('%s', async (_, series, episode, value) => {
    answers = series;
    expect(await tryResolveValue(episode, { connection, log: createRecordingLog() })).toBe(value);
    expect(times.filter((time) => time !== '100.000')).toEqual([]);
  });

  test('Prometheus is away: unknown', async () => {
    server.close();
    server.closeAllConnections();
    expect(await tryResolveValue(ended(), { connection, log: createRecordingLog() })).toBeUndefined();
  });
});

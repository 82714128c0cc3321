/** Selections of a rendered table beside a plain filter of the same values. */
import { describe, expect, test } from '@jest/globals';
import type { HostValues } from '../../../../ingest-gateway/query/current/current-values.ts';
import { renderTable, selectValues } from '../../../../ingest-gateway/query/current/value-table.ts';

const timeMs = 1_795_395_685_123;
const metrics = ['cpu', 'disk', 'memory', 'network'];

function value(metric: string, number: number | null, labels: Record<string, string> = {}) {
  return { metric, unit: 'bytes', labels, value: number };
}

/** One value, several, none, the first, the last, and names with text that JSON escapes or UTF-8 widens. */
const hosts: readonly HostValues[] = [
  {
    host: 'all',
    values: [
      value('cpu', 1),
      value('disk', 2, { mountpoint: '/' }),
      value('disk', 3),
      value('memory', 4),
      value('network', 5),
    ],
  },
  { host: 'cpu only', values: [value('cpu', null)] },
  { host: 'network only', values: [value('network', 6), value('network', 7)] },
  { host: 'rack "A"\\,]}', values: [value('disk', 8, { device: '"],[{' }), value('memory', 0.0007)] },
  { host: '서울-웹-1', values: [value('disk', 9, { mountpoint: '/größe,' }), value('network', 1e21)] },
];

const parse = (body: Uint8Array): unknown => JSON.parse(Buffer.from(body).toString());

test('the body is JSON with all values', () => {
  expect(parse(renderTable(timeMs, hosts, metrics).body)).toEqual({ time: '2026-11-23T01:01:25.123Z', hosts });
});

describe('a selection equals the filtered values', () => {
  const table = renderTable(timeMs, hosts, metrics);
  const hostChoices = [
    undefined,
    ...hosts.map(({ host }) => [host]),
    hosts.map(({ host }) => host).toReversed(),
    ['none'],
    [],
  ];
  const metricChoices = [undefined, [], [0], [1], [2], [3], [0, 3], [1, 2], [0, 1, 2, 3]];
  test.each(hostChoices.flatMap((chosen) => metricChoices.map((positions) => [chosen, positions] as const)))(
    'hosts %j, metrics %j',
    (chosen, positions) => {
      const names = new Set((positions ?? [0, 1, 2, 3]).map((position) => metrics[position]));
      const wanted = hosts
        .filter(({ host }) => chosen?.includes(host) ?? true)
        .map(({ host, values }) => ({ host, values: values.filter(({ metric }) => names.has(metric)) }))
        .filter(({ values }) => values.length > 0);
      const body = selectValues(table, { hosts: chosen, metrics: positions });
      expect(parse(body)).toEqual({ time: '2026-11-23T01:01:25.123Z', hosts: wanted });
    },
  );
});

test('no hosts', () => {
  const table = renderTable(timeMs, [], metrics);
  const nothing = { time: '2026-11-23T01:01:25.123Z', hosts: [] };
  expect(parse(selectValues(table, { hosts: undefined, metrics: undefined }))).toEqual(nothing);
  expect(parse(selectValues(table, { hosts: ['web-1'], metrics: [0] }))).toEqual(nothing);
});

test('values in another order than the metrics are refused, because their places would be wrong', () => {
  const values = [value('disk', 1), value('cpu', 2)];
  expect(() => renderTable(timeMs, [{ host: 'web-1', values }], metrics)).toThrow(
    'web-1: the values are not in the order',
  );
});

/** Filters in the address, delivery statuses, timelines, links, and values as text. */
import { describe, expect, test } from '@jest/globals';
import {
  distinctLabels,
  metricTitleOf,
  reportedValueOf,
  runbookOf,
  thresholdOf,
  tryFormatValue,
  unitOf,
} from '../../../console/alerts/alert-value.ts';
import { deliveryStatusesOf } from '../../../console/alerts/delivery-status.ts';
import { timelineOf } from '../../../console/alerts/episode/timeline.ts';
import { filterChanges, isFiltered, parseFilters, renderHistoryPath } from '../../../console/alerts/filters.ts';
import { hostPathAround, silencePathOf, tryGraphPath } from '../../../console/alerts/links.ts';
import { rankOf, severityStyleOf } from '../../../console/alerts/severity.ts';
import type { Episode, Notification } from '../../../console/api/alerts.ts';
import { withParameters } from '../../../console/state/route.ts';

const nowMs = Date.UTC(2026, 2, 1, 12);

describe('filters', () => {
  test.each([
    ['', '/api/v1/alerts?limit=50'],
    ['state=open&host=', '/api/v1/alerts?limit=50'],
    [
      'state=resolved&severity=critical&severity=info&host=web-1&rule=A%26B&cursor=7&refresh=',
      '/api/v1/alerts?limit=50&state=resolved&severity=critical&severity=info&host=web-1&rule=A%26B&cursor=7',
    ],
    ['from=now-24h&to=now', `/api/v1/alerts?limit=50&start=${nowMs - 86_400_000}`],
    ['from=1000&to=2000', '/api/v1/alerts?limit=50&start=1000&end=2000'],
  ])('%s', (query, path) => {
    expect(renderHistoryPath(parseFilters(new URLSearchParams(query)), nowMs)).toBe(path);
  });

  test('an invalid time is reported', () => {
    expect(() => renderHistoryPath(parseFilters(new URLSearchParams('from=soon')), nowMs)).toThrow('got "soon"');
  });

  test('a changed filter returns to the first page and keeps the other parameters', () => {
    const query = new URLSearchParams('host=a&host=b&cursor=7&group=host');
    expect(String(withParameters(query, filterChanges({ host: ['c'] })))).toBe('group=host&host=c');
    expect(String(withParameters(query, filterChanges({ cursor: '5' })))).toBe('host=a&host=b&group=host&cursor=5');
    expect(String(withParameters(query, filterChanges({ state: 'firing', host: [] })))).toBe('group=host&state=firing');
  });

  test.each([
    ['cursor=5&group=host', false],
    ['host=a', true],
    ['to=now-1h', true],
  ])('%s filters: %p', (query, is) => expect(isFiltered(parseFilters(new URLSearchParams(query)))).toBe(is));
});

function told(channel: string, changes: Partial<Notification> = {}): Notification {
  return {
    channel,
    status: 'firing',
    state: 'delivered',
    attempts: 1,
    created_at: '2026-03-01T10:00:10.000Z',
    settled_at: '2026-03-01T10:00:10.200Z',
    ...changes,
  };
}

const episode: Episode = {
  id: 7,
  rule: 'DiskUsageHigh',
  state: 'resolved',
  severity: 'warning',
  host: 'web-1',
  fingerprint: 'f',
  labels: { alertname: 'DiskUsageHigh', instance: 'web-1', job: 'node', mountpoint: '/', metric: 'disk.usage.percent' },
  annotations: {
    value: '85.25',
    threshold: '80',
    expr: 'x / y',
    runbook_url: 'javascript:alert(1)',
    runbook: 'nothing',
  },
  starts_at: '2026-03-01T10:00:00.000Z',
  ends_at: '2026-03-01T11:30:00.000Z',
  resolution: 'announced',
  value_at_resolve: 42.5,
  acknowledgement_changes: [],
  notifications: [
    told('team'),
    told('mail', { attempts: 3, settled_at: '2026-03-01T10:01:40.200Z', state: 'dead', reason: 'mailbox full' }),
    told('team', { created_at: '2026-03-01T11:00:00.000Z', settled_at: '2026-03-01T11:00:00.000Z' }),
    told('team', { status: 'resolved', state: 'pending', created_at: '2026-03-01T11:30:05.000Z', reason: 'HTTP 503' }),
  ],
};

test('a timeline lists events in order, with reminders', () => {
  expect(timelineOf(episode).map(({ tone, text, detail }) => [tone, text, detail])).toEqual([
    ['fired', 'Fired', undefined],
    ['delivered', 'Notification to team: delivered', undefined],
    ['dead', 'Notification to mail: failed', '3 attempts; after 1 min 30 s; mailbox full'],
    ['delivered', 'Reminder to team: delivered', undefined],
    ['resolved', 'Resolved', 'after 1 h 30 min; value at end 42.5%'],
    ['pending', 'Resolved notification to team: pending', 'HTTP 503'],
  ]);
});

test('an open episode has no end; an end without a notification says so', () => {
  const { ends_at: _, ...open } = episode;
  expect(timelineOf({ ...open, notifications: [] }).map(({ tone }) => tone)).toEqual(['fired']);
  const silent = timelineOf({ ...episode, resolution: 'not_announced', notifications: [] });
  expect(silent.at(-1)?.detail).toContain('no resolved notification arrived');
});

test('a channel has the status of its worst message', () => {
  expect(deliveryStatusesOf(episode.notifications)).toEqual([
    { channel: 'team', status: 'pending', count: 3, reason: 'HTTP 503' },
    { channel: 'mail', status: 'dead', count: 1, reason: 'mailbox full' },
  ]);
  expect(deliveryStatusesOf([])).toEqual([]);
});

describe('values', () => {
  test.each([
    [91.53, 'percent', '91.5%'],
    [80, 'percent', '80%'],
    [0.123456, 'percent', '0.123%'],
    [1_610_612_736, 'bytes', '1.5 GiB'],
    [2_097_152, 'bytes/s', '2 MiB/s'],
    [90, 'seconds', '1.5 mins'],
    [3, 'count', '3'],
    [1.256, undefined, '1.26'],
    [95.25, 'percent', '95.3%'],
    [0.0007, 'load', '0.0007'],
    [0.0004, 'seconds', '400 µs'],
    [1e21, 'count', '1e+21'],
    [Infinity, 'percent', '+Inf'],
    [12, 'errors/s', '12 errors/s'],
    [5, 'widgets', '5 widgets'],
    [0, 'state', undefined],
    [Number.NaN, 'percent', 'NaN'],
    [undefined, 'percent', undefined],
  ])('%s in %s is %s', (value, unit, text) => expect(tryFormatValue(value, unit)).toBe(text));

  test('of an alert: reported value, threshold and unit', () => {
    expect([unitOf(episode), reportedValueOf(episode), thresholdOf(episode)]).toEqual(['percent', 85.25, 80]);
    expect(metricTitleOf(episode)).toBe('disk usage');
    expect(distinctLabels(episode.labels)).toEqual([['mountpoint', '/']]);
  });

  test('a missing or non-numeric annotation gives no value', () => {
    const bare = { labels: {}, annotations: { value: 'n/a', threshold: '' } };
    expect([unitOf(bare), reportedValueOf(bare), thresholdOf(bare), metricTitleOf(bare)]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

test('only http and https addresses become runbook links', () => {
  expect(runbookOf(episode)).toBeUndefined();
  expect(runbookOf({ ...episode, annotations: { runbook_url: 'https://example.com/a b' } })).toBe(
    'https://example.com/a%20b',
  );
});

test('links cover the time of the alert, and fill the silence form with the alert’s labels', () => {
  expect(tryGraphPath(episode)).toBe(
    '/graph?expr=x%20%2F%20y&start=2026-03-01T09%3A30%3A00.000Z&end=2026-03-01T12%3A00%3A00.000Z',
  );
  expect(tryGraphPath({ ...episode, annotations: {} })).toBeUndefined();
  expect(hostPathAround('web 1', { starts_at: episode.starts_at })).toBe('/hosts/web%201?from=1772357400000&to=now');
  const filter = new URLSearchParams(silencePathOf({ b: 'say "hi"\\', a: 'x' }).split('?')[1]).get('filter');
  expect(filter).toBe('{a="x",b="say \\"hi\\"\\\\"}');
});

test('an unknown severity has a word and a rank', () => {
  expect(['critical', 'warning', 'info', 'page', undefined].map(rankOf)).toEqual([0, 1, 2, 3, 3]);
  expect(
    ['critical', 'warning', 'page', 'none', undefined].map((each) => [
      severityStyleOf(each).word,
      severityStyleOf(each).tone,
    ]),
  ).toEqual([
    ['critical', 'critical'],
    ['warning', 'warning'],
    ['page', 'neutral'],
    ['no severity', 'neutral'],
    ['no severity', 'neutral'],
  ]);
});

/** Firing alerts: joined with the history, filtered, grouped, and with their current values. */
import { describe, expect, test } from '@jest/globals';
import { parseFilters } from '../../../console/alerts/filters.ts';
import { expressionsOf, filterFiring, groupFiring, joinEpisodes, tryValueOf } from '../../../console/alerts/firing.ts';
import type { ActiveAlert, Episode } from '../../../console/api/alerts.ts';

interface Short {
  readonly rule: string;
  readonly host?: string;
  readonly severity?: string;
  readonly minute?: number;
  readonly mutedBy?: 'silence' | 'alert';
  readonly expr?: string;
}

function alert({ rule, host, severity, minute = 0, mutedBy, expr }: Short): ActiveAlert {
  return {
    fingerprint: `${rule} ${host ?? ''}`,
    rule,
    ...(host === undefined ? {} : { host }),
    ...(severity === undefined ? {} : { severity }),
    labels: { alertname: rule, ...(host === undefined ? {} : { instance: host }) },
    annotations: expr === undefined ? {} : { expr },
    starts_at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
    state: mutedBy === undefined ? 'active' : 'suppressed',
    silenced_by: mutedBy === 'silence' ? ['s'] : [],
    inhibited_by: mutedBy === undefined ? [] : ['f'],
  };
}

function episode(id: number, fingerprint: string): Episode {
  const starts_at = '2026-01-01T00:00:00.000Z';
  return {
    id,
    fingerprint,
    rule: '',
    state: 'firing',
    labels: {},
    annotations: {},
    starts_at,
    acknowledgement_changes: [],
    notifications: [],
  };
}

describe('groups', () => {
  const alerts = [
    alert({ rule: 'Odd' }),
    alert({ rule: 'Cpu', host: 'a', severity: 'warning', minute: 1 }),
    alert({ rule: 'Cpu', host: 'b', severity: 'warning', minute: 3 }),
    alert({ rule: 'Disk', host: 'a', severity: 'critical', minute: 2, mutedBy: 'silence' }),
    alert({ rule: 'Down', host: 'c', severity: 'critical' }),
    alert({ rule: 'Mem', host: 'b', severity: 'warning', minute: 9, mutedBy: 'alert' }),
    alert({ rule: 'Mem', host: 'a', severity: 'warning', minute: 5 }),
  ];

  test('by rule: by severity, then newest first, with fully muted groups last', () => {
    expect(
      groupFiring(alerts, 'rule').map(({ name, severity, hosts, silenced, inhibited, alerts: members }) => [
        name,
        severity,
        hosts,
        silenced,
        inhibited,
        members.map(({ host }) => host),
      ]),
    ).toEqual([
      ['Down', 'critical', 1, 0, 0, ['c']],
      ['Mem', 'warning', 2, 0, 1, ['a', 'b']],
      ['Cpu', 'warning', 2, 0, 0, ['b', 'a']],
      ['Odd', undefined, 0, 0, 0, [undefined]],
      ['Disk', 'critical', 1, 1, 0, ['a']],
    ]);
  });

  test('by host: with the severity of the worst alert, and one group without a host', () => {
    expect(
      groupFiring(alerts, 'host').map(({ name, severity, alerts: { length } }) => [name, severity, length]),
    ).toEqual([
      ['a', 'critical', 3],
      ['c', 'critical', 1],
      ['b', 'warning', 2],
      ['', undefined, 1],
    ]);
  });

  test.each([
    ['severity=critical', ['Disk', 'Down']],
    ['host=b&host=c', ['Cpu', 'Down', 'Mem']],
    ['rule=Cpu&host=a', ['Cpu']],
    ['severity=info', []],
    ['state=firing&from=now-1h', ['Odd', 'Cpu', 'Cpu', 'Disk', 'Down', 'Mem', 'Mem']],
  ])('the filter %s', (query, rules) => {
    const shown = filterFiring(alerts, parseFilters(new URLSearchParams(query)));
    expect(shown.map(({ rule }) => rule)).toEqual(rules);
  });
});

test('an alert joins its newest episode; an alert unknown to the relay has none', () => {
  const joined = joinEpisodes(
    [alert({ rule: 'A', host: 'x' }), alert({ rule: 'B' })],
    [episode(9, 'A x'), episode(4, 'A x')],
  );
  expect(joined.map(({ episode: id }) => id)).toEqual([9, undefined]);
});

describe('values', () => {
  const series = [
    { metric: { __name__: 'm', instance: 'a', mountpoint: '/' }, value: [0, '12.5'] as const },
    { metric: { __name__: 'm', instance: 'a', mountpoint: '/var' }, value: [0, '80'] as const },
    { metric: { instance: 'b', mountpoint: '/' }, value: [0, 'NaN'] as const },
  ];

  test.each([
    [{ alertname: 'X', severity: 'warning', instance: 'a', mountpoint: '/var' }, 80],
    [{ instance: 'a' }, undefined],
    [{ instance: 'c', mountpoint: '/' }, undefined],
    [{ instance: 'b', mountpoint: '/' }, undefined],
  ])('of %j: the series whose labels the alert has', (labels, value) => {
    expect(tryValueOf(series, labels as Readonly<Record<string, string>>)).toBe(value);
  });

  test('two matching series give no value', () => {
    const labels = { instance: 'a', mountpoint: '/', device: 'd' };
    const twin = { metric: { instance: 'a', device: 'd' }, value: [0, '1'] as const };
    expect(tryValueOf([...series, twin], labels)).toBeUndefined();
  });

  test('each expression is queried once, at most 24', () => {
    const many = Array.from({ length: 30 }, (_, index) => alert({ rule: 'R', host: `h${index}`, expr: `e${index}` }));
    expect(
      expressionsOf([alert({ rule: 'A', expr: 'x' }), alert({ rule: 'B', expr: 'x' }), alert({ rule: 'C' })]),
    ).toEqual(['x']);
    expect(expressionsOf(many)).toHaveLength(24);
  });
});

/** Links of messages: complete, escaped, and never anything but the web. */
import { describe, expect, test } from '@jest/globals';
import { linksOf, matcherOf } from '../../../alert-relay/text/links.ts';
import type { Episode } from '../../../common/store/alert-history.ts';

const episode: Episode = {
  id: 7,
  fingerprint: 'f',
  alertname: 'DiskFull',
  severity: null,
  host: 'web-1',
  labels: { mountpoint: '/my "disk"\\', alertname: 'DiskFull' },
  annotations: { expr: 'a > b & c', runbook_url: 'https://wiki.example/disk full' },
  receiver: 'relay',
  generator_url: 'http://prometheus.test/graph?g0.expr=x',
  external_url: null,
  starts_at: Date.parse('2026-03-01T12:00:00Z'),
  opened_at: 0,
  seen_at: 0,
  ends_at: Date.parse('2026-03-01T13:00:00Z'),
  closed_at: 0,
  resolution: 'announced',
  refired_at: null,
  value_at_resolve: null,
};

describe('linksOf', () => {
  test('into our own page, which reads back what was put in', () => {
    const { graph, alert, silence, runbook } = linksOf(episode, 'https://monitor.example');
    const query = (link: string | undefined) => Object.fromEntries(new URLSearchParams(link?.split('?').at(-1)));
    expect(graph).toMatch(/^https:\/\/monitor\.example\/graph\?/);
    expect(query(graph)).toEqual({
      expr: 'a > b & c',
      start: '2026-03-01T11:30:00.000Z',
      end: '2026-03-01T13:30:00.000Z',
    });
    expect(alert).toBe('https://monitor.example/alerts/7');
    expect(silence).toMatch(/^https:\/\/monitor\.example\/silences\/new\?filter=%7B/);
    expect(query(silence)).toEqual({ filter: '{alertname="DiskFull",mountpoint="/my \\"disk\\"\\\\"}' });
    expect(runbook).toBe('https://wiki.example/disk%20full');
  });

  test("the graph is of the alert's host alone, where it has one", () => {
    const rule = { ...episode, annotations: { expr: 'a / b{c="d"}' } };
    const of = (labels: Episode['labels']) =>
      new URL(linksOf({ ...rule, labels }, 'https://monitor.example').graph ?? '').searchParams.get('expr');
    expect(of({ instance: 'web-1' })).toBe('a{instance="web-1"} / b{instance="web-1",c="d"}');
    expect(of({ severity: 'warning' })).toBe('a / b{c="d"}');
  });

  test('without a page of our own, the graph where the alert came from', () => {
    expect(linksOf(episode, undefined)).toEqual({
      graph: 'http://prometheus.test/graph?g0.expr=x',
      alert: undefined,
      silence: undefined,
      runbook: 'https://wiki.example/disk%20full',
    });
  });

  test.each(['javascript:alert(1)', 'data:text/html,x', 'not a link', ''])('no link: %s', (runbook_url) => {
    const evil = { ...episode, annotations: { runbook_url }, generator_url: runbook_url };
    expect(linksOf(evil, undefined)).toMatchObject({ graph: undefined, runbook: undefined });
  });

  test('no matchers, no labels', () => expect(matcherOf({})).toBe('{}'));
});

/** Messages as they are rendered: pictures, and links, which are complete, escaped, and only http or https. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Channel } from '../../../alert-relay/channel/channel.ts';
import { linksOf, messageOf, narrowToHost } from '../../../alert-relay/stages/compose.ts';
import { messageText } from '../../../alert-relay/text/text.ts';
import { metrics } from '../../../common/catalogue/metrics.ts';
import { currentExpression, matcher } from '../../../common/catalogue/promql.ts';
import type { Episode } from '../../../common/store/relay-records.ts';
import type { Database } from '../../../common/store/schema.ts';
import { eventually } from '../../support/eventually.ts';
import { type PipelineHarness, startPipeline } from '../../support/pipeline-harness.ts';

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
  acknowledged_at: null,
  acknowledged_by: null,
  acknowledged_note: null,
};

describe('pictures', () => {
  let harness: PipelineHarness;
  afterEach(() => harness.stop());

  test('a message that was due for more than 5 s has no picture, until the channel has caught up', async () => {
    const told: string[] = [];
    let release: () => void = () => undefined;
    const blocked = new Promise<void>((resolve) => (release = resolve));
    const slow: Channel = {
      name: 'slow',
      messagesPerMinute: undefined,
      async deliver({ alertname }, { tryPicture }) {
        told.push(`${alertname} ${tryPicture === undefined ? 'without' : 'with'}`);
        if (alertname === 'A') await blocked;
        return { kind: 'ok' };
      },
    };
    harness = await startPipeline({ channels: [], extraChannels: [slow] });
    const firing = (name: string) => [{ name, startsAtMs: harness.at(0) }];
    await harness.post(firing('A'));
    await eventually({ what: 'A is under way', limitMs: 5_000, pollMs: 5 }, () => (told.length > 0 ? true : undefined));
    await harness.post(firing('B'));
    harness.setTime(6);
    release();
    await harness.settled();
    await harness.post(firing('C'));
    await harness.settled();
    expect(told).toEqual(['A with', 'B without', 'C with']);
  });
});

describe('annotations', () => {
  const rendered = async (annotations: Readonly<Record<string, string>>) => {
    const options = {
      db: {} as Database,
      publicUrl: undefined,
      timeZone: 'UTC',
      now: () => 0,
      tryValueAtResolve: () => Promise.resolve(undefined),
    };
    const message = await messageOf(
      { ...episode, annotations },
      { id: 1, status: 'firing', isReminder: false },
      options,
    );
    return { ...message, text: messageText(message) };
  };

  test.each(['', ' ', '\n'])('a summary %j falls back to the title; a blank description is left out', async (blank) => {
    const { text } = await rendered({ summary: blank, description: blank });
    expect(text).toMatchObject({ lead: 'DiskFull on web-1', advice: undefined });
  });

  test.each([
    ['91.5', 91.5],
    ['1e+21', 1e21],
    ['+Inf', Infinity],
    ['-Inf', -Infinity],
    ['NaN', Number.NaN],
    ['', undefined],
    ['high', undefined],
  ])('the value %s', async (value, number) => expect((await rendered({ value })).value).toEqual(number));

  test('the raw value of a template is rounded', async () => {
    const { text } = await rendered({ value: '91.53333333333333', summary: 'at 91.53333333333333 %' });
    expect(text.lead).toBe('at 91.5 %');
  });

  test('a blank runbook_url gives way to runbook', async () => {
    const { links } = await rendered({ runbook_url: '', runbook: 'https://wiki.example/a' });
    expect(links.runbook).toBe('https://wiki.example/a');
  });
});

describe('links', () => {
  describe('linksOf', () => {
    test('links to the gateway page, which parses them back', () => {
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

    test("the graph is limited to the alert's host", () => {
      const rule = { ...episode, annotations: { expr: 'a / b{c="d"}' } };
      const of = (labels: Episode['labels']) =>
        new URL(linksOf({ ...rule, labels }, 'https://monitor.example').graph ?? '').searchParams.get('expr');
      expect(of({ instance: 'web-1' })).toBe('a{instance="web-1"} / b{instance="web-1",c="d"}');
      expect(of({ severity: 'warning' })).toBe('a / b{c="d"}');
    });

    test('without public_url, the graph of the alert source', () => {
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
  });

  describe('narrowToHost', () => {
    const web1 = 'instance="web-1"';

    test.each([
      ['up', `up{${web1}}`],
      ['up{}', `up{${web1}}`],
      ['up{job="node"}', `up{${web1},job="node"}`],
      ['{__name__=~"a|b"}', `{${web1},__name__=~"a|b"}`],
      ['rate(x[5m] offset 1m) / on (instance) y', `rate(x{${web1}}[5m] offset 1m) / on (instance) y{${web1}}`],
      ['max by (instance) (app_queue_oldest_seconds)', `max by (instance) (app_queue_oldest_seconds{${web1}})`],
      ['up{instance="db-1"} - up{instance=~".*"}', 'up{instance="db-1"} - up{instance=~".*"}'],
      ['up and "instance" # up', `up{${web1}} and "instance" # up`],
      ['cpu{instance=~"web-1|web-2"} > 80', `cpu{${web1},instance=~"web-1|web-2"} > 80`],
      ['cpu{job="node", instance!="db-1"}', `cpu{${web1},job="node", instance!="db-1"}`],
      ['cpu{instance="web-1"} / mem', `cpu{instance="web-1"} / mem{${web1}}`],
    ])('%s', (expression, narrowed) => expect(narrowToHost(expression, 'web-1')).toBe(narrowed));

    test.each(['label_replace(x, "instance", "$1", "target", "(.*)")', 'a * on (job) group_left (x) b', 'up{', '1 +'])(
      'unchanged: %s',
      (expression) => expect(narrowToHost(expression, 'web-1')).toBe(expression),
    );

    test('a host name is escaped', () => {
      expect(narrowToHost('up', 'a"} or {x="')).toBe('up{instance="a\\"} or {x=\\""}');
    });

    test('adds the same selectors as the catalogue does for a host', () => {
      const selectors = (text: string): readonly string[] =>
        [...text.matchAll(/\w+\{[^}]*\}/g)].map(([found]) =>
          found.replace(/\{(.*)\}/, (_, all) => all.split(',').sort()),
        );
      expect(metrics.length).toBeGreaterThan(20);
      for (const metric of metrics) {
        const narrowed = narrowToHost(currentExpression(metric), 'web-1');
        expect(selectors(narrowed)).toEqual(selectors(currentExpression(metric, [matcher('instance', 'web-1')])));
      }
    });
  });
});

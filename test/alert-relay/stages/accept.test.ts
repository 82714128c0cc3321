/** Which channels get a message: for webhooks that are repeated, overlapping, late or duplicate, and by annotation and routes. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { parseRouteMatcher, routesType } from '../../../alert-relay/settings/routes-type.ts';
import { routeAlert } from '../../../alert-relay/stages/accept.ts';
import { databases, useDatabase } from '../../support/databases.ts';
import { type PipelineHarness, startPipeline } from '../../support/pipeline-harness.ts';

describe('the messages of a channel', () => {
  let harness: PipelineHarness;
  afterEach(() => harness.stop());

  /** `+A` is firing, `-A` resolved. `@n` is startsAt in seconds (default 0), `~n` the end of a resolved alert (default: now). */
  type Step = readonly [seconds: number, alerts: string, told: readonly string[]];

  interface Case {
    readonly name: string;
    readonly steps: readonly Step[];
    /** The final episodes, oldest first. */
    readonly episodes: readonly string[];
  }

  const cases: readonly Case[] = [
    {
      name: 'the same payload at 0 and 299 s: one message',
      steps: [
        [0, '+A', ['firing A']],
        [299, '+A', []],
      ],
      episodes: ['A open'],
    },
    {
      name: 'the same payload at 0 and 300 s, the default group_interval: one message',
      steps: [
        [0, '+A', ['firing A']],
        [300, '+A', []],
      ],
      episodes: ['A open'],
    },
    {
      name: 'the same payload at 0 and 301 s: a reminder',
      steps: [
        [0, '+A', ['firing A']],
        [301, '+A', ['firing A (reminder)']],
        [302, '+A', []],
        [603, '+A', ['firing A (reminder)']],
      ],
      episodes: ['A open'],
    },
    {
      name: 'an alert joins the group within the window: only a message for that alert',
      steps: [
        [0, '+A', ['firing A']],
        [30, '+A +B', ['firing B']],
      ],
      episodes: ['A open', 'B open'],
    },
    {
      name: 'an alert joins the group later: only a message for that alert, also when repeated',
      steps: [
        [0, '+A', ['firing A']],
        [3600, '+A +B', ['firing B']],
        [3615, '+A +B', []],
        [3902, '+A +B', ['firing A (reminder)', 'firing B (reminder)']],
      ],
      episodes: ['A open', 'B open'],
    },
    {
      name: 'an alert leaves the group later: only a message for its resolution',
      steps: [
        [0, '+A +B', ['firing A', 'firing B']],
        [3600, '+A -B', ['resolved B']],
        [3601, '+A -B', []],
      ],
      episodes: ['A open', 'B announced'],
    },
    {
      name: 'a new startsAt within an open episode, after a restart: one message',
      steps: [
        [0, '+A', ['firing A']],
        [60, '+A@55', []],
        [90, '-A@55', ['resolved A']],
      ],
      episodes: ['A announced'],
    },
    {
      name: 'an alert fires again right after its resolution: a new episode',
      steps: [
        [0, '+A', ['firing A']],
        [60, '-A', ['resolved A']],
        [70, '+A@65', ['firing A']],
        [120, '-A@65', ['resolved A']],
      ],
      episodes: ['A announced', 'A announced'],
    },
    {
      name: 'the resolution is delivered again: one message',
      steps: [
        [0, '+A', ['firing A']],
        [60, '-A', ['resolved A']],
        [61, '-A~60', []],
        [400, '-A~60', []],
      ],
      episodes: ['A announced'],
    },
    {
      name: 'two Alertmanagers in step: one message for each status',
      steps: [
        [0, '+A', ['firing A']],
        [15, '+A', []],
        [60, '-A~60', ['resolved A']],
        [75, '-A~60', []],
      ],
      episodes: ['A announced'],
    },
    {
      name: "two Alertmanagers, the second's copies all after the end: nothing is added",
      steps: [
        [0, '+A', ['firing A']],
        [60, '-A~60', ['resolved A']],
        [62, '+A', []],
        [64, '-A~60', []],
      ],
      episodes: ['A announced'],
    },
    {
      name: "two Alertmanagers, the second's end of the episode before: the open one stays",
      steps: [
        [0, '+A', ['firing A']],
        [60, '-A~60', ['resolved A']],
        [90, '+A@85', ['firing A']],
        [95, '-A~60', []],
      ],
      episodes: ['A announced', 'A open'],
    },
    {
      name: 'a resolution without a known firing: both messages, and an episode',
      steps: [
        [60, '-A', ['firing A', 'resolved A']],
        [61, '-A~60', []],
      ],
      episodes: ['A announced'],
    },
    {
      name: 'an alert begins and ends between two webhooks of its group, twice: its firing, then its end',
      steps: [
        [0, '+A', ['firing A']],
        [60, '+A -B@31~50', ['firing B', 'resolved B']],
        [90, '+A -B@71~80', ['firing B', 'resolved B']],
        [120, '+A -B@71~80', []],
      ],
      episodes: ['A open', 'B announced', 'B announced'],
    },
    {
      name: 'the Watchdog causes no message',
      steps: [[0, '+Watchdog +A', ['firing A']]],
      episodes: ['A open'],
    },
  ];

  const settings = [...databases.map((name) => [name, 1] as const), ['PostgreSQL', 2] as const];

  /** With two relays, both get every webhook at once. The messages are the same as with one relay. */
  describe.each(settings)('messages on %s with %d relays', (name, relays) => {
    const database = useDatabase(name);

    test.each(cases.map((each) => [each.name, each] as const))('%s', async (_name, { steps, episodes }) => {
      harness = await startPipeline({ location: await database.create(), relays });
      for (const [seconds, alerts, expected] of steps) {
        harness.setTime(seconds);
        await harness.post(alerts.split(' ').map((alert) => parseAlert(alert, seconds)));
        await harness.settled();
        expect([seconds, harness.told()]).toEqual([seconds, expected]);
      }
      const rows = await harness.store.db
        .selectFrom('alert_history')
        .select(['alertname', 'resolution'])
        .orderBy('id')
        .execute();
      expect(rows.map(({ alertname, resolution }) => `${alertname} ${resolution ?? 'open'}`)).toEqual(episodes);
    });
  });

  function parseAlert(text: string, nowSeconds: number) {
    const [, sign, name = '', start, end] = /^([+-])(\w+)(?:@(\d+))?(?:~(\d+))?$/.exec(text) ?? [];
    const startsAtMs = harness.at(Number(start ?? 0));
    if (sign === '+') return { name, startsAtMs };
    return { name, status: 'resolved' as const, startsAtMs, endsAtMs: harness.at(Number(end ?? nowSeconds)) };
  }
});

describe('routing', () => {
  const channels = ['oncall', 'ops', 'mail'];

  function route(tree: unknown, labels: Record<string, string>, annotation?: string) {
    const parsed = routesType.parse(tree);
    if (!('value' in parsed)) throw new Error(JSON.stringify(parsed));
    const annotations: Record<string, string> = annotation === undefined ? {} : { channels: annotation };
    return routeAlert({ labels, annotations }, { channels, routes: parsed.value });
  }

  const tree = [
    { severity: 'critical', channels: ['oncall'], continue: true },
    { matchers: ['instance =~ "db-.*"', 'env != test'], channels: ['mail'] },
    { severity: ['warning', 'info'], matchers: ['env = test'], channels: [] },
    { channels: ['ops'] },
  ];

  describe('routes', () => {
    test.each([
      [{ severity: 'critical', instance: 'web-1' }, ['oncall', 'ops']],
      [{ severity: 'critical', instance: 'db-1' }, ['oncall', 'mail']],
      [{ severity: 'warning', instance: 'db-1', env: 'prod' }, ['mail']],
      [{ severity: 'warning', instance: 'db-1', env: 'test' }, []],
      [{ severity: 'info', instance: 'xdb-1' }, ['ops']],
      [{}, ['ops']],
    ])('%j', (labels, expected) => expect(route(tree, labels).channels).toEqual(expected));

    test('the rule decides if it names channels; for default and unknown names the routes decide', () => {
      expect(route(tree, {}, 'mail, oncall')).toMatchObject({ channels: ['oncall', 'mail'], unknown: [] });
      expect(route(tree, {}, 'default').channels).toEqual(['ops']);
      expect(route(tree, {}, 'mail default').channels).toEqual(['ops', 'mail']);
      expect(route(tree, {}, 'opps')).toMatchObject({ channels: ['ops'], unknown: ['opps'] });
      expect(route(tree, {}, 'opps mail')).toMatchObject({ channels: ['mail'], unknown: ['opps'] });
    });

    test('without a matching route, every channel is chosen', () => {
      expect(route([], {})).toMatchObject({ channels, reasons: ['no routes are configured: every channel'] });
      expect(route([{ severity: 'x', channels: ['ops'] }], {})).toMatchObject({
        channels,
        reasons: ['no route matches: every channel'],
      });
    });

    test('the reasons', () => {
      expect(route(tree, { severity: 'critical', instance: 'db-1' }).reasons).toEqual([
        'routes[0]: severity critical',
        'routes[1]: instance =~ "db-.*", env != test',
      ]);
      expect(route(tree, {}).reasons).toEqual(['routes[3]: everything']);
    });

    test('every fault has its path', () => {
      const parsed = routesType.parse([
        { channels: 'ops' },
        { matchers: ['instance'], channels: [] },
        { matchers: ['a =~ "("'], channels: [], to: 'x' },
      ]);
      if (!('faults' in parsed)) throw new Error('no faults');
      expect(parsed.faults.map(({ path, expected }) => [path.join('.'), expected])).toEqual([
        ['0.channels', 'a list of channels'],
        ['1.matchers.0', 'matchers such as alertname="X", instance=~"web-.*"'],
        ['2.matchers.0', 'a regular expression that Alertmanager accepts'],
        ['2.to', 'a known key'],
      ]);
    });

    test('routes are printed as they were given', () => {
      const parsed = routesType.parse(tree);
      if (!('value' in parsed)) throw new Error('faults');
      const printed = routesType.print(parsed.value);
      expect(routesType.parse(printed)).toMatchObject({ value: [{}, {}, {}, {}] });
      expect(JSON.stringify(printed)).toContain('"matchers":["instance =~ \\"db-.*\\"","env != test"]');
    });
  });

  describe('matchers', () => {
    test.each([
      ['a = b', { a: 'b' }, true],
      ['a="b c"', { a: 'b c' }, true],
      ['a=b', { a: 'bb' }, false],
      ['a=', {}, true],
      ['a != b', {}, true],
      ['a =~ b.', { a: 'bc' }, true],
      ['a =~ b', { a: 'bc' }, false],
      ['a =~ "\\d+"', { a: '12' }, true],
      ['a =~ "x|y"', { a: 'y' }, true],
      ['a !~ "x|y"', { a: 'y' }, false],
    ])('%s', (text, labels, expected) => expect(parseRouteMatcher(text).matches(labels)).toBe(expected));
  });
});

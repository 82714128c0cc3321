/** What a channel is told of webhooks that repeat, overlap, come late or come twice: one table. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { databases, useDatabase } from '../../support/databases.ts';
import { type PipelineHarness, startPipeline } from '../../support/pipeline-harness.ts';

let harness: PipelineHarness;
afterEach(() => harness.stop());

/** `+A` fires, `-A` resolved; `@n` is its startsAt in seconds (0 when absent), and where resolved `~n` its end (now). */
type Step = readonly [seconds: number, alerts: string, told: readonly string[]];

interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Episodes in the end, oldest first. */
  readonly episodes: readonly string[];
}

const cases: readonly Case[] = [
  {
    name: 'the same payload at 0 and 299 s: told once',
    steps: [
      [0, '+A', ['firing A']],
      [299, '+A', []],
    ],
    episodes: ['A open'],
  },
  {
    name: 'the same payload at 0 and 300 s: told once (the default group_interval, to the second)',
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
    name: 'the group gains an alert within the window: only that is told',
    steps: [
      [0, '+A', ['firing A']],
      [30, '+A +B', ['firing B']],
    ],
    episodes: ['A open', 'B open'],
  },
  {
    name: 'the group gains an alert later: only that is told, whoever repeats it',
    steps: [
      [0, '+A', ['firing A']],
      [3600, '+A +B', ['firing B']],
      [3615, '+A +B', []],
      [3902, '+A +B', ['firing A (reminder)', 'firing B (reminder)']],
    ],
    episodes: ['A open', 'B open'],
  },
  {
    name: 'the group loses an alert later: only its end is told',
    steps: [
      [0, '+A +B', ['firing A', 'firing B']],
      [3600, '+A -B', ['resolved B']],
      [3601, '+A -B', []],
    ],
    episodes: ['A open', 'B announced'],
  },
  {
    name: 'a new startsAt within an open episode (after a restart): told once',
    steps: [
      [0, '+A', ['firing A']],
      [60, '+A@55', []],
      [90, '-A@55', ['resolved A']],
    ],
    episodes: ['A announced'],
  },
  {
    name: 'fires again after its end, at once: told, as another episode',
    steps: [
      [0, '+A', ['firing A']],
      [60, '-A', ['resolved A']],
      [70, '+A@65', ['firing A']],
      [120, '-A@65', ['resolved A']],
    ],
    episodes: ['A announced', 'A announced'],
  },
  {
    name: 'the end is delivered again: told once',
    steps: [
      [0, '+A', ['firing A']],
      [60, '-A', ['resolved A']],
      [61, '-A~60', []],
      [400, '-A~60', []],
    ],
    episodes: ['A announced'],
  },
  {
    name: 'two Alertmanagers, in step: each status is told once',
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
    name: 'an end whose firing nobody saw: it is told and kept',
    steps: [[60, '-A', ['resolved A']]],
    episodes: ['A announced'],
  },
  {
    name: 'the dead man switch is for the relay, not for channels',
    steps: [[0, '+Watchdog +A', ['firing A']]],
    episodes: ['A open'],
  },
];

const settings = [...databases.map((name) => [name, 1] as const), ['PostgreSQL', 2] as const];

/** Two relays get every webhook both at once, as from an Alertmanager that has both as receivers: that adds nothing. */
describe.each(settings)('what a channel is told, on %s, by %d', (name, relays) => {
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

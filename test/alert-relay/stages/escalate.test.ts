/** Escalation: its choice by route, its steps in time, and what ends it. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { createRota, onCallEntry } from '../../../alert-relay/settings/rota.ts';
import { parseRouteMatcher, type Route } from '../../../alert-relay/settings/routes-type.ts';
import { tryEscalationName } from '../../../alert-relay/stages/escalate.ts';
import { acknowledge, withdrawAcknowledgement } from '../../../common/store/acknowledgements.ts';
import { openEpisodes } from '../../../common/store/relay-records.ts';
import { databases, useDatabase } from '../../support/databases.ts';
import { type HarnessOptions, type PipelineHarness, startPipeline } from '../../support/pipeline-harness.ts';

const minuteMs = 60_000;

function route(fields: Partial<Route> & { readonly when?: string } = {}): Route {
  const { when, ...rest } = fields;
  const matchers = when === undefined ? [] : [parseRouteMatcher(when)];
  return { severity: undefined, matchers, channels: [], continue: false, ...rest };
}

describe('the escalation of an alert', () => {
  const cases: readonly (readonly [string, readonly Route[], string | undefined])[] = [
    ['no routes', [], undefined],
    ['the first match decides', [route({ escalation: 'a' }), route({ escalation: 'b' })], 'a'],
    ['a match without escalation ends the search', [route(), route({ escalation: 'b' })], undefined],
    ['continue looks further', [route({ continue: true }), route({ escalation: 'b' })], 'b'],
    ['the first escalation wins', [route({ continue: true, escalation: 'a' }), route({ escalation: 'b' })], 'a'],
    ['other alerts', [route({ when: 'env=prod', escalation: 'a' })], undefined],
    ['severity', [route({ severity: ['critical'], escalation: 'a' }), route({ escalation: 'b' })], 'a'],
  ];
  test.each(cases)('%s', (_, routes, name) => {
    expect(tryEscalationName({ severity: 'critical', env: 'test' }, routes)).toBe(name);
  });
});

describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);
  let harness: PipelineHarness;
  afterEach(() => harness.stop());

  const steps = {
    ops: [
      { afterMs: 10 * minuteMs, channels: ['second'] },
      { afterMs: 30 * minuteMs, channels: ['third', 'first'] },
    ],
  };

  async function start(options: HarnessOptions = {}): Promise<void> {
    harness = await startPipeline({
      location: await database.create(),
      channels: ['first', 'second', 'third'],
      routes: [
        route({ severity: ['warning'], channels: ['first'], escalation: 'ops' }),
        route({ channels: ['first'] }),
      ],
      escalations: steps,
      ...options,
    });
  }

  const fire = (severity = 'warning') => harness.post([{ name: 'A', startsAtMs: harness.at(0), labels: { severity } }]);
  const resolve = () =>
    harness.post([{ name: 'A', status: 'resolved', startsAtMs: harness.at(0), endsAtMs: harness.now() }]);
  async function at(minutes: number): Promise<readonly string[]> {
    harness.setTime(60 * minutes);
    await harness.pipeline.escalate();
    await harness.settled();
    return ['first', 'second', 'third'].flatMap((channel) =>
      harness.told(channel).map((text) => `${channel}: ${text}`),
    );
  }

  test('each step at its time, once, and the end to all channels', async () => {
    await start();
    await fire();
    expect(await at(0)).toEqual(['first: firing A']);
    expect(await at(9.99)).toEqual([]);
    expect(await at(10)).toEqual(['second: firing A']);
    expect(await at(29.99)).toEqual([]);
    expect(await at(30)).toEqual(['first: firing A (reminder)', 'third: firing A']);
    expect(await at(600)).toEqual([]);
    await resolve();
    expect(await at(601)).toEqual(['first: resolved A', 'second: resolved A', 'third: resolved A']);
    expect(await at(700)).toEqual([]);
  });

  test('a resolved alert escalates no further, and only notified channels get the end', async () => {
    await start();
    await fire();
    await at(10);
    await resolve();
    expect(await at(30)).toEqual(['first: resolved A', 'second: resolved A']);
  });

  test('an acknowledged alert does not escalate; overdue steps follow a withdrawal', async () => {
    await start();
    await fire();
    await at(1);
    const request = async () => {
      const episodeIds = (await openEpisodes(harness.store.db)).map(({ id }) => id);
      return { episodeIds, by: 'Ana', note: undefined, nowMs: harness.now() };
    };
    await acknowledge(harness.store.db, await request());
    expect(await at(15)).toEqual(['first: firing A (reminder)']); // who has it
    expect(await at(60)).toEqual([]);
    await withdrawAcknowledgement(harness.store.db, await request());
    expect(await at(61)).toEqual([
      'first: firing A (reminder)',
      'first: firing A (reminder)',
      'second: firing A',
      'third: firing A',
    ]);
  });

  test('steps that are due together after an outage notify each channel once', async () => {
    await start();
    await fire();
    await at(0);
    expect(await at(100)).toEqual(['first: firing A (reminder)', 'second: firing A', 'third: firing A']);
  });

  test('an alert of another route does not escalate', async () => {
    await start();
    await fire('info');
    expect(await at(100)).toEqual(['first: firing A']);
  });

  test('two relays take a step once', async () => {
    await start(name === 'SQLite' ? {} : { relays: 2 }); // one relay uses a SQLite file
    await fire();
    await at(0);
    harness.setTime(600);
    await Promise.all([harness.pipeline.escalate(), harness.pipeline.escalate()]);
    expect(await at(10)).toEqual(['second: firing A']);
  });

  test('a step and a route that name a rota reach the person on call at that time', async () => {
    const ops = createRota({
      timeZone: 'Europe/Berlin',
      people: { ana: ['second'], bo: ['third'] },
      weekly: [
        { offsetMs: 0, people: ['ana'] },
        { offsetMs: (6 * 24 + 13.5) * 60 * minuteMs, people: ['bo'] }, // Sunday 13:30, 30 minutes after the start of the test
      ],
      firstWeekMs: Date.UTC(2024, 0, 1),
      overrides: [],
    });
    await start({
      oncall: { ops },
      routes: [route({ channels: ['first', onCallEntry('ops')], escalation: 'ops' })],
      escalations: {
        ops: [
          { afterMs: 29 * minuteMs, channels: [onCallEntry('ops')] },
          { afterMs: 30 * minuteMs, channels: [onCallEntry('ops')] },
        ],
      },
    });
    await fire();
    expect(await at(0)).toEqual(['first: firing A', 'second: firing A']);
    expect(await at(29)).toEqual(['second: firing A (reminder)']);
    expect(await at(30)).toEqual(['third: firing A']);
  });

  test('a channel that is not configured is left out', async () => {
    await start({ escalations: { ops: [{ afterMs: minuteMs, channels: ['gone', 'second'] }] } });
    await fire();
    await at(0);
    expect(await at(1)).toEqual(['second: firing A']);
  });
});

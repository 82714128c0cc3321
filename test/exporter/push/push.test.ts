/** The push with a controlled clock: what is sent when and in which order, metrics and logs. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import type { Family } from '../../../exporter/exposition/family.ts';
import type { PushOutcome } from '../../../exporter/push/protocols/outcome.ts';
import {
  createPushScenario,
  ok,
  type PushScenario,
  type PushScenarioOptions,
  startMs,
} from '../../support/push-scenario.ts';

const work = mkdtempSync(join(tmpdir(), 'push-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

let folders = 0;
const freshFolder = (): string => join(work, String(++folders));

const running: PushScenario[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(({ push }) => push.suspend()));
});

async function scenario(options: Partial<PushScenarioOptions> = {}): Promise<PushScenario> {
  const created = await createPushScenario({ folder: freshFolder(), ...options });
  running.push(created);
  created.push.start();
  return created;
}

const down: PushOutcome = { kind: 'retry', reason: 'network', detail: 'connect ECONNREFUSED' };
const refused: PushOutcome = { kind: 'drop', detail: 'HTTP 400: out of bounds' };
const minute = 60_000;
const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** `count` instants of the 5 s grid from the first one. */
const instants = (firstMs: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => firstMs + index * 5_000);

/** The most requests in any minute. */
function busiestMinute({ requests }: PushScenario): number {
  return Math.max(
    ...requests.map(({ atMs }) => requests.filter((other) => other.atMs >= atMs && other.atMs < atMs + minute).length),
  );
}

describe('without faults', () => {
  test('a set at every instant of the grid, sent at once, one phase for the host', async () => {
    const push = await scenario();
    await push.clock.advance(minute);
    const [first] = push.taken();
    expect(push.taken()).toEqual(instants(first as number, 12));
    expect(push.requests.map(({ atMs }) => atMs)).toEqual(push.taken());
    const again = await scenario();
    await again.clock.advance(minute);
    expect(again.taken()).toEqual(push.taken());
    expect(push.requests.map(({ sets }) => sets.length)).toEqual(Array(12).fill(1));
  });

  test('values are read at the instant', async () => {
    const push = await scenario();
    await push.clock.advance(20_000);
    expect(push.requests).toHaveLength(4);
    for (const { sets } of push.requests)
      for (const { values, timestampMs } of sets)
        expect(new Float64Array(values.slice().buffer)).toEqual(Float64Array.of(timestampMs / 1_000));
  });

  test('metrics from the start, counters at 0', async () => {
    const push = await createPushScenario({ folder: freshFolder() });
    running.push(push);
    for (const [name, label] of [
      ['sent_samples_total'],
      ['rejected_samples_total'],
      ['set_aside_samples_total'],
      ['missed_instants_total'],
      ['pending_samples'],
      ...['max_bytes', 'max_age', 'disk', 'damaged'].map((reason) => ['dropped_samples_total', reason] as const),
      ...['ok', 'retry', 'drop'].map((outcome) => ['requests_total', outcome] as const),
      ...['network', 'overloaded', 'server', 'unauthorized', 'misdirected'].map(
        (reason) => ['failures_total', reason] as const,
      ),
    ] as const)
      expect([name, label, push.metric(name, label)]).toEqual([name, label, 0]);
    expect(push.metric('healthy')).toBeUndefined();
    expect(push.metric('oldest_pending_age_seconds')).toBeUndefined();
    push.push.start();
    await push.clock.advance(10_000);
    expect(push.metric('healthy')).toBe(1);
    expect(push.metric('sent_samples_total')).toBe(2);
    expect(push.metric('last_success_timestamp_seconds')).toBe((push.requests.at(-1)?.atMs ?? 0) / 1_000);
  });
});

describe('an outage', () => {
  test('of 10 minutes: backoff up to a minute, then a short request, then the rest, once, in order', async () => {
    const untilMs = startMs + 10 * minute;
    const push = await scenario({ answer: (_, nowMs) => (nowMs < untilMs ? down : ok) });
    await push.clock.advance(10 * minute);
    expect(push.requests.length).toBeGreaterThan(10);
    expect(push.requests.length).toBeLessThan(40);
    const pauses = push.requests.slice(1).map(({ atMs }, index) => atMs - (push.requests[index]?.atMs ?? 0));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(minute);
    expect(push.metric('healthy')).toBe(0);
    expect(push.metric('pending_samples')).toBe(120);
    expect(push.metric('oldest_pending_age_seconds')).toBeGreaterThan(590);
    expect(push.log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    await push.clock.advance(2 * minute);
    const taken = push.taken();
    expect(taken).toEqual(instants(taken[0] as number, 144));
    const [probe, rest] = push.requests.filter(({ outcome }) => outcome.kind === 'ok');
    expect(probe?.sets).toHaveLength(12);
    expect(rest?.sets.length).toBeGreaterThan(108);
    expect((rest?.atMs ?? 0) - (probe?.atMs ?? 0)).toBeLessThan(1_000);
    expect(
      Math.max(...push.requests.filter(({ outcome }) => outcome.kind === 'retry').map(({ sets }) => sets.length)),
    ).toBe(12);
    expect(push.metric('pending_samples')).toBe(0);
    expect(push.metric('sent_samples_total')).toBe(144);
    expect(push.metric('failures_total', 'network')).toBeGreaterThan(10);
    expect(push.log.lines.at(-1)).toMatchObject({ level: 'info', msg: 'pushing works again' });
  });

  test('longer than a request: in order for a receiver that requires order, below 100 requests a minute', async () => {
    const untilMs = startMs + 120 * minute;
    const push = await scenario({ answer: (_, nowMs) => (nowMs < untilMs ? down : ok), maxSamples: 5, latencyMs: 50 });
    await push.clock.advance(126 * minute);
    const taken = push.taken();
    expect(taken).toEqual(instants(taken[0] as number, 126 * 12));
    expect(busiestMinute(push)).toBeLessThanOrEqual(100);
    expect(busiestMinute(push)).toBeGreaterThan(80);
    expect(push.requests.every(({ sets }) => sets.length <= 5)).toBe(true);
  });

  test('longer than a request: new samples are sent with the backlog when the receiver accepts late ones', async () => {
    const untilMs = startMs + 120 * minute;
    const push = await scenario({
      answer: (_, nowMs) => (nowMs < untilMs ? down : ok),
      maxSamples: 20,
      mayOvertake: true,
      latencyMs: 50,
    });
    await push.clock.advance(126 * minute);
    const taken = push.taken();
    expect(ascending(taken)).toEqual(instants(Math.min(...taken), 126 * 12));
    expect(busiestMinute(push)).toBeLessThanOrEqual(100);
    const first = push.requests.find(({ outcome }) => outcome.kind === 'ok');
    const arrivals = push.requests.filter(({ outcome }) => outcome.kind === 'ok');
    const sampledSince = arrivals.flatMap(({ atMs, sets }) =>
      sets.filter(({ timestampMs }) => timestampMs > (first?.atMs ?? 0)).map(({ timestampMs }) => atMs - timestampMs),
    );
    expect(sampledSince.length).toBeGreaterThan(60);
    expect(Math.max(...sampledSince)).toBeLessThanOrEqual(5_000);
    const backlog = arrivals.flatMap(({ sets }) => sets.filter(({ timestampMs }) => timestampMs < untilMs - minute));
    expect(backlog.map(({ timestampMs }) => timestampMs)).toEqual(
      ascending(backlog.map(({ timestampMs }) => timestampMs)),
    );
    expect(push.metric('pending_samples')).toBe(0);
  });

  test('longer than the buffer keeps: the oldest are dropped and counted', async () => {
    const push = await scenario({ answer: () => down, maxAgeMs: 5 * minute });
    await push.clock.advance(10 * minute);
    expect(push.metric('dropped_samples_total', 'max_age')).toBe(120 - 61);
    expect(push.metric('pending_samples')).toBe(61);
  });

  test('across a restart: pending samples are sent first, unchanged', async () => {
    const folder = freshFolder();
    const first = await scenario({ folder, answer: () => down });
    await first.clock.advance(minute);
    await first.push.suspend();
    const second = await scenario({ folder, clock: first.clock });
    await second.clock.advance(minute);
    const taken = second.taken();
    expect(taken).toEqual(instants(taken[0] as number, 24));
    const tried = first.requests.at(-1)?.sets ?? [];
    expect(tried.length).toBeGreaterThan(0);
    expect(second.requests[0]?.sets.slice(0, tried.length)).toEqual(
      tried.map((set) => ({ ...set, layout: expect.anything() })),
    );
  });
});

describe('a receiver that refuses', () => {
  test('429 with Retry-After: a pause of that length, nothing lost', async () => {
    const asked: PushOutcome = { kind: 'retry', reason: 'overloaded', detail: 'HTTP 429', afterMs: 30_000 };
    let isAsking = true;
    const push = await scenario({ answer: () => (isAsking ? asked : ok) });
    await push.clock.advance(10_000);
    const [first] = push.requests;
    isAsking = false;
    await push.clock.advance(minute);
    const pauseMs = (push.requests[1]?.atMs ?? 0) - (first?.atMs ?? 0);
    expect(pauseMs).toBeGreaterThanOrEqual(30_000);
    expect(pauseMs).toBeLessThanOrEqual(35_000);
    expect(push.taken()).toEqual(instants(push.taken()[0] as number, 14));
    expect(push.metric('failures_total', 'overloaded')).toBe(1);
  });

  test('401: retried every minute, unhealthy, nothing lost', async () => {
    const unauthorized: PushOutcome = { kind: 'retry', reason: 'unauthorized', detail: 'HTTP 401', afterMs: 60_000 };
    let isBad = true;
    const push = await scenario({ answer: () => (isBad ? unauthorized : ok) });
    await push.clock.advance(10 * minute);
    expect(push.requests.length).toBeGreaterThanOrEqual(9);
    expect(push.requests.length).toBeLessThanOrEqual(10);
    expect(push.metric('healthy')).toBe(0);
    expect(push.metric('failures_total', 'unauthorized')).toBe(push.requests.length);
    expect(push.log.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { reason: 'unauthorized', detail: 'HTTP 401' },
    ]);
    isBad = false;
    await push.clock.advance(70_000);
    expect(push.taken()).toHaveLength(134);
    expect(push.metric('healthy')).toBe(1);
  });

  test('400 for one set of a backlog: only that set is set aside, all others arrive in order', async () => {
    let isUp = false;
    let poison = 0;
    const push = await scenario({
      answer: (sets) => (!isUp ? down : sets.some(({ timestampMs }) => timestampMs === poison) ? refused : ok),
    });
    await push.clock.advance(5 * minute);
    poison = (push.requests[0]?.sets[0]?.timestampMs ?? 0) + 37 * 5_000;
    isUp = true;
    await push.clock.advance(2 * minute);
    const taken = push.taken();
    expect(taken).toEqual(instants(taken[0] as number, 84).filter((at) => at !== poison));
    expect(push.metric('set_aside_samples_total')).toBe(1);
    expect(push.metric('pending_samples')).toBe(0);
    expect(push.log.lines.filter(({ msg }) => String(msg).includes('refuses'))).toMatchObject([
      { samples: 1, detail: refused.detail },
    ]);
  });

  test('400 for a whole backlog: set aside in growing batches, so that new samples arrive soon', async () => {
    let isUp = false;
    const limitMs = startMs + 120 * minute;
    const push = await scenario({
      answer: (sets) => (!isUp ? down : sets.some(({ timestampMs }) => timestampMs < limitMs) ? refused : ok),
    });
    await push.clock.advance(120 * minute);
    isUp = true;
    await push.clock.advance(3 * minute);
    const aside = push.metric('set_aside_samples_total') ?? 0;
    expect(aside).toBeGreaterThanOrEqual(1440);
    expect(aside).toBeLessThan(1440 + 32);
    expect(push.taken().length + aside).toBe(123 * 12);
    expect(push.requests.filter(({ outcome }) => outcome.kind === 'drop').length).toBeLessThan(90);
  });

  test('a push accepted in part is counted and logged once', async () => {
    const push = await scenario({ answer: () => ({ kind: 'ok', rejectedSamples: 3, detail: 'scraped' }) });
    await push.clock.advance(20_000);
    expect(push.metric('rejected_samples_total')).toBe(12);
    expect(push.log.lines.filter(({ level }) => level === 'warn')).toMatchObject([{ detail: 'scraped', samples: 3 }]);
  });
});

describe('disk', () => {
  test('a buffer that cannot be written: sent from memory, and visible in metrics', async () => {
    const folder = freshFolder();
    writeFileSync(folder, 'in the way');
    const push = await scenario({ folder });
    await push.clock.advance(minute);
    expect(push.taken()).toHaveLength(12);
    expect(push.metric('buffer_durable')).toBe(0);
    expect(push.metric('buffer_size_bytes')).toBeUndefined();
  });

  test('a damaged buffer: moved aside, and pushing continues', async () => {
    const folder = freshFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, 'push.queue'), 'garbage '.repeat(1_000));
    const push = await scenario({ folder });
    await push.clock.advance(minute);
    expect(push.taken()).toHaveLength(12);
    expect(push.metric('buffer_durable')).toBe(1);
    expect(push.log.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { msg: expect.stringContaining('moved aside'), path: join(folder, 'push.queue') },
    ]);
  });
});

describe('stop', () => {
  test('every series ends 1 ms after its last sample, and pending samples are sent', async () => {
    const push = await scenario();
    await push.clock.advance(20_000);
    await push.push.stop();
    const last = push.requests.at(-1)?.sets ?? [];
    expect(last).toMatchObject([{ kind: 'stale', sampleCount: 1 }]);
    expect(last[0]?.timestampMs).toBe((push.taken().at(-2) ?? 0) + 1);
  });

  test('with an unreachable receiver: at most 5 s, and pending samples stay', async () => {
    const folder = freshFolder();
    const push = await scenario({ folder, answer: () => down, latencyMs: 60_000 });
    await push.clock.advance(20_000);
    const stoppedMs = push.clock.now();
    const stopped = push.push.stop();
    await push.clock.advance(5_000);
    await stopped;
    expect(push.clock.now() - stoppedMs).toBeLessThanOrEqual(5_000);
    const next = await scenario({ folder, clock: push.clock });
    await next.clock.advance(1_000);
    expect(next.requests[0]?.sets.map(({ kind }) => kind)).toEqual([
      'samples',
      'samples',
      'samples',
      'samples',
      'stale',
    ]);
  });
});

describe('clocks', () => {
  test('a suspended machine: its instants are counted as missed', async () => {
    const push = await scenario();
    await push.clock.advance(20_000);
    push.clock.set(push.clock.now() + 3_600_000);
    await push.clock.advance(20_000);
    expect(push.metric('missed_instants_total')).toBeGreaterThanOrEqual(719);
    expect(push.taken()).toEqual(ascending(push.taken()));
    expect(push.taken().length).toBeLessThanOrEqual(9);
  });

  test.each([
    ['a little: waits until time has caught up', 20_000],
    ['far: goes on, at other instants than before', 3_600_000],
  ])('set back %s', async (_, backMs) => {
    const push = await scenario();
    await push.clock.advance(60 * minute);
    const before = push.taken();
    push.clock.set(push.clock.now() - backMs);
    await push.clock.advance(2 * minute);
    const after = push.taken().slice(before.length);
    expect(after.length).toBeGreaterThan(15);
    expect(after.filter((at) => before.includes(at))).toEqual([]);
    expect(new Set(push.taken()).size).toBe(push.taken().length);
  });
});

describe('series that come and go', () => {
  const family = (devices: readonly string[]): readonly Family[] => [
    {
      name: 'node_disk_reads_completed_total',
      help: 'The total number of reads completed successfully.',
      type: 'counter',
      samples: devices.map((device) => ({ labels: { device }, value: 1 })),
    },
  ];

  test('a series ends at the instant of the first set without it', async () => {
    let devices = ['sda', 'sdb'];
    const push = await scenario({ read: () => family(devices) });
    await push.clock.advance(10_000);
    devices = ['sda', 'sdc'];
    await push.clock.advance(10_000);
    const sets = push.requests.flatMap((request) => request.sets);
    expect(sets.map(({ kind, sampleCount }) => [kind, sampleCount])).toEqual([
      ['samples', 2],
      ['samples', 2],
      ['stale', 1],
      ['samples', 2],
      ['samples', 2],
    ]);
    expect(sets[2]?.timestampMs).toBe(sets[3]?.timestampMs);
  });

  test('a host without samples sends nothing', async () => {
    const push = await scenario({ read: () => [] });
    await push.clock.advance(20_000);
    expect(push.requests).toEqual([]);
  });
});

/** The decision after an attempt: delivered, retried or dead, by outcome, attempts and age. */
import { describe, expect, test } from '@jest/globals';
import type { ChannelOutcome } from '../../../alert-relay/channel/channel.ts';
import {
  type AttemptFacts,
  channelPause,
  decide,
  type NextStep,
  nextStep,
} from '../../../alert-relay/stages/record-outcome.ts';
import type { NotificationRow } from '../../../common/store/schema.ts';

const ok: ChannelOutcome = { kind: 'ok' };
const refused: ChannelOutcome = { kind: 'drop', reason: 'HTTP 400' };
const failed: ChannelOutcome = { kind: 'retry', reason: 'HTTP 503' };
const limited = (afterMs: number): ChannelOutcome => ({ kind: 'retry', reason: 'HTTP 429', afterMs });

const hour = 3_600_000;
const day = 24 * hour;
const first: Omit<AttemptFacts, 'outcome'> = { attempts: 1, ageMs: 0, maxAgeMs: day, jitter: 0.5 };
const delivered = { kind: 'delivered', receipt: undefined, warning: undefined } as const;
const retryIn = (delayMs: number, reason = 'HTTP 503') => ({ kind: 'retry', delayMs, reason }) as const;
const dead = (cause: 'rejected' | 'expired', reason: string) => ({ kind: 'dead', cause, reason }) as const;

describe('nextStep', () => {
  test.each<[string, AttemptFacts, NextStep]>([
    ['delivered', { ...first, outcome: ok }, delivered],
    ['delivered after the maximum age', { ...first, outcome: ok, ageMs: 2 * day }, delivered],
    [
      'delivered with receipt and warning',
      { ...first, outcome: { kind: 'ok', receipt: 'C1:2', warning: 'one recipient refused' } },
      { kind: 'delivered', receipt: 'C1:2', warning: 'one recipient refused' },
    ],
    ['refused', { ...first, outcome: refused }, dead('rejected', 'HTTP 400')],
    ['refused after the maximum age', { ...first, outcome: refused, ageMs: 2 * day }, dead('rejected', 'HTTP 400')],
    ['the first failure: half of 1 s', { ...first, outcome: failed }, retryIn(500)],
    ['the fourth failure: half of 8 s', { ...first, outcome: failed, attempts: 4 }, retryIn(4_000)],
    ['the thousandth failure: half of 5 min', { ...first, outcome: failed, attempts: 1_000 }, retryIn(150_000)],
    ['a jitter of 0', { ...first, outcome: failed, jitter: 0 }, retryIn(0)],
    ['Retry-After above the backoff', { ...first, outcome: limited(30_000) }, retryIn(30_000, 'HTTP 429')],
    ['Retry-After below the backoff', { ...first, attempts: 9, outcome: limited(1) }, retryIn(128_000, 'HTTP 429')],
    ['just below the maximum age', { ...first, outcome: failed, attempts: 9, ageMs: day - 1 }, retryIn(1)],
    ['Retry-After beyond the maximum age', { ...first, outcome: limited(2 * day) }, retryIn(day, 'HTTP 429')],
    ['at the maximum age', { ...first, outcome: failed, ageMs: day }, dead('expired', 'HTTP 503')],
    ['above the maximum age', { ...first, outcome: limited(1), ageMs: 2 * day }, dead('expired', 'HTTP 429')],
  ])('%s', (_, facts, step) => {
    expect(nextStep(facts)).toEqual(step);
  });
});

describe('channelPause', () => {
  const times = { startedMs: 1_000, endedMs: 5_000 };

  test.each<[string, ChannelOutcome, number | undefined, number]>([
    ['no rate, delivered', ok, undefined, 0],
    ['no rate, failed', failed, undefined, 0],
    ['a rate, from the start of the attempt', ok, 6, 11_000],
    ['a rate, refused', refused, 6, 11_000],
    ['Retry-After, from the end of the attempt', limited(20_000), undefined, 25_000],
    ['Retry-After before the next slot', limited(1_000), 6, 11_000],
    ['Retry-After after the next slot', limited(7_000), 6, 12_000],
    ['Retry-After of a day pauses the channel for an hour', limited(day), undefined, 5_000 + hour],
  ])('%s', (_, outcome, messagesPerMinute, pauseMs) => {
    expect(channelPause({ ...times, outcome, messagesPerMinute })).toBe(pauseMs);
  });
});

describe('decide', () => {
  const row = (id: number, created_at: number, attempts = 0) => ({ id, created_at, attempts }) as NotificationRow;
  const decisionsOf = (rows: readonly NotificationRow[], outcome: ChannelOutcome) =>
    decide({ rows, outcome, nowMs: day + 100, maxAgeMs: day, jitter: 0.5 }).map(({ rows: decided, step }) => [
      decided.map(({ id }) => id),
      step,
    ]);

  test('a group is retried together; its expired notifications are dead', () => {
    expect(decisionsOf([row(1, 200, 3), row(2, 90), row(3, 50_000), row(4, 60_000)], failed)).toEqual([
      [[1], retryIn(100)],
      [[2], dead('expired', 'HTTP 503')],
      [[3, 4], retryIn(4_000)],
    ]);
  });

  test('a delivered or refused group is one decision', () => {
    const rows = [row(1, 0), row(2, 50_000, 7)];
    expect(decisionsOf(rows, ok)).toEqual([[[1, 2], delivered]]);
    expect(decisionsOf(rows, refused)).toEqual([[[1, 2], dead('rejected', 'HTTP 400')]]);
  });
});

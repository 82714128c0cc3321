/** The push tracker: intervals, own `up`, and how hosts leave it. */
import { beforeEach, expect, test } from '@jest/globals';
import { createPushTracker, type PushTracker } from '../../../ingest-gateway/liveness/push-tracker.ts';

let nowMs: number;
let tracker: PushTracker;

beforeEach(() => {
  nowMs = 1_800_000_000_000;
  tracker = createPushTracker({ now: () => nowMs, maxHosts: 3 });
});

function push(host: string, more: { hasUp?: boolean; mayBringUp?: boolean; newestMs?: number } = {}): void {
  tracker.note({ host, newestMs: nowMs, hasUp: false, mayBringUp: false, ...more });
}

const find = (host: string) => [...tracker.hosts()].find((each) => each.host === host);
const names = () => [...tracker.hosts()].map(({ host }) => host);

test('the interval is the longest of the last four gaps, at least 5 s and at most 100 s', () => {
  push('web-1');
  expect(find('web-1')?.intervalMs).toBe(5_000);
  for (const [gapMs, intervalMs] of [
    [2_000, 5_000],
    [30_000, 30_000],
    [500_000, 100_000],
    [10_000, 100_000],
    [10_000, 100_000],
    [10_000, 100_000],
    [10_000, 10_000],
  ] as const) {
    nowMs += gapMs;
    push('web-1');
    expect([gapMs, find('web-1')?.intervalMs]).toEqual([gapMs, intervalMs]);
  }
});

test('the interval counts new samples, not the requests that a scrape is divided among', () => {
  for (let scrape = 0; scrape < 6; scrape += 1) {
    const newestMs = nowMs;
    for (let request = 0; request < 5; request += 1) {
      push('web-1', { newestMs, mayBringUp: true });
      nowMs += 100;
    }
    expect(find('web-1')?.intervalMs).toBe(scrape === 0 ? 60_000 : 15_000);
    nowMs = newestMs + 15_000;
  }
});

test('the labels of the last push that tells them stay', () => {
  push('web-1');
  expect(find('web-1')?.labels).toBeUndefined();
  tracker.note({ host: 'web-1', newestMs: nowMs, hasUp: false, mayBringUp: false, labels: { env: 'prod' } });
  push('web-1');
  expect(find('web-1')?.labels).toEqual({ env: 'prod' });
});

test('the skew is the best of the last twelve pushes', () => {
  push('web-1', { newestMs: nowMs - 50 });
  for (let pushes = 0; pushes < 11; pushes += 1) push('web-1', { newestMs: nowMs - 900 });
  expect(find('web-1')?.skewMs).toBe(-50);
  push('web-1', { newestMs: nowMs - 900 });
  expect(find('web-1')?.skewMs).toBe(-900);
});

test.each([
  ['no sender brings `up`', {}, [[0, true]]],
  [
    'the sender may bring `up` and does not',
    { mayBringUp: true },
    [
      [0, false],
      [29_999, false],
      [30_000, true],
    ],
  ],
  [
    'the sender brings `up`',
    { hasUp: true, mayBringUp: true },
    [
      [0, false],
      [599_999, false],
      [600_000, true],
    ],
  ],
] as const)('whether the gateway writes `up`: %s', (_, more, expected) => {
  push('web-1', more);
  const startMs = nowMs;
  for (const [afterMs, isWatched] of expected) {
    nowMs = startMs + afterMs;
    expect([afterMs, find('web-1')?.isWatched]).toEqual([afterMs, isWatched]);
  }
});

test('a push is recorded until the next one', () => {
  push('web-1');
  expect(find('web-1')?.isRecorded).toBe(false);
  tracker.markRecorded([...tracker.hosts()]);
  expect(find('web-1')?.isRecorded).toBe(true);
  nowMs += 1;
  push('web-1');
  expect(find('web-1')?.isRecorded).toBe(false);
});

test('a push that arrives while another is being recorded is not recorded', () => {
  push('web-1');
  const recorded = [...tracker.hosts()];
  nowMs += 1;
  push('web-1');
  tracker.markRecorded(recorded);
  expect(find('web-1')?.isRecorded).toBe(false);
});

test('a host is forgotten unless it pushed since', () => {
  push('web-1');
  tracker.forget('web-1', nowMs);
  expect(names()).toEqual(['web-1']);
  tracker.forget('web-1', nowMs + 1);
  expect(names()).toEqual([]);
  tracker.forget('web-1', nowMs + 1);
});

test('silent hosts are forgotten, hosts with their own `up` as well', () => {
  push('plain');
  push('own-up', { hasUp: true, mayBringUp: true });
  nowMs += 1_000;
  push('young');
  tracker.forgetSilent(nowMs - 1_000);
  expect(names()).toEqual(['plain', 'own-up', 'young']);
  tracker.forgetSilent(nowMs);
  expect(names()).toEqual(['young']);
});

test('beyond the limit, the least recently pushed host is dropped and counted', () => {
  for (const host of ['a', 'b', 'c']) push(host);
  push('a');
  expect(tracker.dropped()).toBe(0);
  push('d');
  expect(names()).toEqual(['c', 'a', 'd']);
  push('e');
  expect(names()).toEqual(['a', 'd', 'e']);
  expect(tracker.dropped()).toBe(2);
});

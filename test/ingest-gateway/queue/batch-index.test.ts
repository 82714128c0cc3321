/** Retained batches: each for its replay window, the oldest removed first when room is short. */
import { expect, test } from '@jest/globals';
import { type BatchInfo, batchFlags } from '../../../ingest-gateway/queue/batch-file.ts';
import { createRetainedBatches, replayWindowMs } from '../../../ingest-gateway/queue/batch-index.ts';

const batch = (id: number, overrides: Partial<BatchInfo> = {}): BatchInfo => ({
  id,
  host: 'web-1',
  acceptedMs: 0,
  oldestMs: 0,
  newestMs: 0,
  samples: 1,
  flags: 0,
  bytes: 100,
  ...overrides,
});
const all = { maxBytes: Number.POSITIVE_INFINITY, limit: 100 };

function filled() {
  const retained = createRetainedBatches();
  for (let id = 1; id <= 4; id += 1) retained.add(batch(id), { settledMs: id, retainMs: id % 2 === 0 ? 1_000 : 10 });
  return retained;
}

test('removes each batch after its retention time, also behind one with a longer time', () => {
  const retained = filled();
  expect(retained.takeExpired({ ...all, nowMs: 11 })).toEqual([]);
  expect(retained.takeExpired({ ...all, nowMs: 14 })).toEqual([1, 3]);
  expect([retained.bytes(), retained.list().map(({ id }) => id)]).toEqual([200, [2, 4]]);
  expect(retained.takeExpired({ ...all, nowMs: 1_005 })).toEqual([2, 4]);
  expect([retained.bytes(), retained.list()]).toEqual([0, []]);
});

test('removes the oldest first when room is short, and at most as many as asked for', () => {
  const retained = filled();
  expect(retained.list().map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  expect(retained.takeExpired({ ...all, nowMs: 5, maxBytes: 250 })).toEqual([1, 2]);
  expect(retained.takeExpired({ nowMs: 5_000, maxBytes: 0, limit: 1 })).toEqual([3]);
  expect(retained.takeExpired({ nowMs: 5, maxBytes: -1, limit: 9 })).toEqual([4]);
});

test('the replay window of out-of-order batches lasts until the head is compacted, that of others minutes', () => {
  const nowMs = 1_795_395_685_000;
  const [minuteMs, hourMs] = [60_000, 3_600_000];
  const window = (overrides: Partial<BatchInfo>): number => replayWindowMs(batch(1, overrides), nowMs);
  expect(window({ oldestMs: nowMs })).toBe(5 * minuteMs);
  expect(window({ oldestMs: nowMs - 55 * minuteMs })).toBe(5 * minuteMs);
  expect(window({ oldestMs: nowMs - 55 * minuteMs - 1 })).toBe(3.5 * hourMs);
  expect(window({ oldestMs: nowMs, flags: batchFlags.outOfOrder | batchFlags.scrapeUnknown })).toBe(3.5 * hourMs);
});

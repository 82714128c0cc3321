/** Batches that stay for a while after they were forwarded: each for its own time, the oldest leaving first when room is short. */
import { expect, test } from '@jest/globals';
import { keepForwardedMs } from '../../../ingest-gateway/forward/replay-window.ts';
import { batchFlags } from '../../../ingest-gateway/queue/batch-flags.ts';
import type { BatchInfo } from '../../../ingest-gateway/queue/batch-rows.ts';
import { createKeptBatches } from '../../../ingest-gateway/queue/retained-batches.ts';

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
  const kept = createKeptBatches();
  for (let id = 1; id <= 4; id += 1) kept.add(batch(id), { settledMs: id, keepMs: id % 2 === 0 ? 1_000 : 10 });
  return kept;
}

test('each for its own time, whatever was settled before it', () => {
  const kept = filled();
  expect(kept.takeExpired({ ...all, nowMs: 11 })).toEqual([]);
  expect(kept.takeExpired({ ...all, nowMs: 14 })).toEqual([1, 3]);
  expect([kept.bytes(), kept.list().map(({ id }) => id)]).toEqual([200, [2, 4]]);
  expect(kept.takeExpired({ ...all, nowMs: 1_005 })).toEqual([2, 4]);
  expect([kept.bytes(), kept.list()]).toEqual([0, []]);
});

test('short of room, the oldest leave first; no more than asked at once', () => {
  const kept = filled();
  expect(kept.list().map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  expect(kept.takeExpired({ ...all, nowMs: 5, maxBytes: 250 })).toEqual([1, 2]);
  expect(kept.takeExpired({ nowMs: 5_000, maxBytes: 0, limit: 1 })).toEqual([3]);
  expect(kept.takeExpired({ nowMs: 5, maxBytes: -1, limit: 9 })).toEqual([4]);
});

test('what Prometheus takes out of order is kept until its head was compacted, the rest for minutes', () => {
  const nowMs = 1_795_395_685_000;
  const [minuteMs, hourMs] = [60_000, 3_600_000];
  const kept = (overrides: Partial<BatchInfo>): number => keepForwardedMs(batch(1, overrides), nowMs);
  expect(kept({ oldestMs: nowMs })).toBe(5 * minuteMs);
  expect(kept({ oldestMs: nowMs - 55 * minuteMs })).toBe(5 * minuteMs);
  expect(kept({ oldestMs: nowMs - 55 * minuteMs - 1 })).toBe(3.5 * hourMs);
  expect(kept({ oldestMs: nowMs, flags: batchFlags.late | batchFlags.unchecked })).toBe(3.5 * hourMs);
});

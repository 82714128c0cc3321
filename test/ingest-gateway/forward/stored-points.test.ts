/** The comparison of a batch with the samples that a backend has. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readSeries } from '../../../ingest-gateway/forward/split-request.ts';
import { withoutStored } from '../../../ingest-gateway/forward/stored-points.ts';
import { createSendPath, newBatch, type Points, type SendPath } from '../../support/send-path.ts';
import { startWriteBackend, type WriteBackend } from '../../support/write-backend.ts';

const minuteMs = 60_000;
let backend: WriteBackend;
let path: SendPath;

beforeEach(async () => {
  backend = await startWriteBackend();
  path = await createSendPath({ url: backend.url });
});
afterEach(async () => {
  await path.stop();
  backend.stop();
});

/** Returns the times of the remaining samples by name, and the conflicts. */
async function compare(series: Readonly<Record<string, Points>>) {
  const { body, conflicts } = await withoutStored(path.prometheus, newBatch('a', series));
  const remaining = body === undefined ? [] : readSeries(body);
  const times = remaining.map(({ labels, samples }) => {
    const { __name__: name } = Object.fromEntries(labels);
    return [name, samples.map(({ timestampMs }) => timestampMs)] as const;
  });
  return { times, conflicts };
}

test.each<readonly [rule: string, stored: number | undefined, sent: number, times: number, conflicts: number]>([
  ['keeps a sample that is missing', undefined, 1, 1, 0],
  ['leaves out an equal sample', 1, 1, 0, 0],
  ['leaves out and counts another value', 2, 1, 0, 1],
  ['leaves out an equal NaN', Number.NaN, Number.NaN, 0, 0],
  ['counts a NaN where a number is stored', 1, Number.NaN, 0, 1],
])('%s', async (_, stored, sent, times, conflicts) => {
  if (stored !== undefined) backend.stored.set('a m 5000', stored);
  const result = await compare({ m: [[5_000, sent]] });
  expect([result.times.length, result.conflicts]).toEqual([times, conflicts]);
});

test('compares each series and time with its own value only', async () => {
  backend.stored.set('a m 5000', 1).set('a n 6000', 1).set('b m 6000', 1).set('a m 7000', 1);
  const result = await compare({
    m: [
      [5_000, 1],
      [6_000, 1],
    ],
    n: [
      [5_000, 1],
      [6_000, 1],
    ],
    o: [[7_000, 1]],
  });
  expect(result).toEqual({
    times: [
      ['m', [6_000]],
      ['n', [5_000]],
      ['o', [7_000]],
    ],
    conflicts: 0,
  });
});

test.each<readonly [rule: string, times: readonly number[], queries: number]>([
  ['one query for times close together', [0, 60_000, 120_000], 1],
  ['one query for each gap of more than a minute', [0, 60_001, 180_000], 3],
  ['one query for each half hour', Array.from({ length: 62 }, (_, at) => at * minuteMs), 2],
])('asks %s', async (_, offsets, queries) => {
  const points = offsets.map((offset) => [100_000 + offset, 1] as const);
  for (const [timeMs] of points) backend.stored.set(`a m ${timeMs}`, 1);
  expect(await compare({ m: points })).toEqual({ times: [], conflicts: 0 });
  expect(backend.queries()).toBe(queries);
});

test('rejects when the backend does not respond', async () => {
  backend.stop();
  await expect(compare({ m: [[5_000, 1]] })).rejects.toMatchObject({ fault: 'unavailable' });
});

/** Bodies that are large, deep or many when decoded: each has an answer. test/faults/push-bodies.test.ts measures the event loop. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { uncompressBlock } from '../../../common/remote-write/snappy.ts';
import { createLoopTurns, type DecodedBody } from '../../../ingest-gateway/decode/body-decoder.ts';
import { readWriteRequest } from '../../../ingest-gateway/remote-write/read.ts';
import { bodyBombs } from '../../support/body-bombs.ts';
import { writeBody } from '../../support/pushes.ts';
import { createTestDecoder, type TestDecoder } from '../../support/test-decoder.ts';

const nowMs = Date.now();
let decoder: TestDecoder;

beforeEach(() => {
  decoder = createTestDecoder(nowMs);
});
afterEach(() => decoder.stop());

const decodedBytes = 16 * 2 ** 20;

test('every body has its answer', async () => {
  const bombs = bodyBombs(nowMs, decodedBytes);
  const answers: string[] = [];
  for (const bomb of bombs) answers.push(`${bomb.format}, ${bomb.what}: ${await decoder.statusOf(bomb)}`);
  expect(answers).toEqual(bombs.map(({ what, format, status }) => `${format}, ${what}: ${status}`));
}, 300_000);

test('the bodies of a key wait for the bodies of that key, not those of another key', async () => {
  const slow = bodyBombs(nowMs, 2 ** 20).filter(({ format }) => format === 'otlp_json');
  const order: string[] = [];
  const flood = Array.from({ length: 2 }, () => slow)
    .flat()
    .map((bomb) => decoder.statusOf(bomb).then(() => order.push('flood')));
  const other = decoder
    .decode({ format: 'otlp_json', bytes: Buffer.from('{}') }, 'other')
    .then(() => order.push('other'));
  await Promise.all([...flood, other]);
  expect(order.indexOf('other')).toBeLessThanOrEqual(2);
}, 300_000);

const write = (instance: string, count: number, from = 0) =>
  Buffer.from(
    writeBody(
      Array.from({ length: count }, (_, at) => ({
        labels: { __name__: `m_${from + at}`, instance, job: 'node' },
        points: [[nowMs, 1]],
      })),
    ),
  );

function stored({ batches }: DecodedBody): number {
  return batches.reduce(
    (sum, { body }) => sum + readWriteRequest(uncompressBlock(body, { maxBytes: 2 ** 26 })).length,
    0,
  );
}

test.each([
  ['on the loop', 200],
  ['in the thread', 2_900],
])('series beyond the limit of a host are refused by name, the others are stored: %s', async (_, size) => {
  for (let from = 0; from + size <= 3_000; from += size)
    expect(stored(await decoder.decode({ format: 'remote_write', bytes: write('a', size, from) }))).toBe(size);
  const full = Math.floor(3_000 / size) * size;
  const last = await decoder.decode({ format: 'remote_write', bytes: write('a', size, full) });
  expect(stored(last)).toBe(3_000 - full);
  expect(last.rejections.byReason).toEqual(new Map([['limit', size - (3_000 - full)]]));
  expect(last.rejections.first[0]?.message).toBe(
    `m_3000: a: the key "one" has 3000 active series there, its limit (limit.series_per_host)`,
  );
  // The admitted series are accepted as before.
  expect(stored(await decoder.decode({ format: 'remote_write', bytes: write('a', size) }))).toBe(size);
  // Another key is not concerned.
  expect(stored(await decoder.decode({ format: 'remote_write', bytes: write('a', 10, 9_000) }, 'two'))).toBe(10);
});

test('hosts and series beyond the limits of a key are refused', async () => {
  await decoder.decode({ format: 'remote_write', bytes: write('a', 2_900) });
  const { rejections, batches } = await decoder.decode({ format: 'remote_write', bytes: write('b', 2_900) });
  expect(batches.map(({ host, samples }) => [host, samples])).toEqual([['b', 2_100]]);
  expect(rejections.first[0]?.message).toContain('has 5000 active series, its limit (limit.series_per_key)');
  const third = await decoder.decode({ format: 'remote_write', bytes: write('c', 1) });
  expect(third.batches).toEqual([]);
  expect(third.rejections.first[0]?.message).toBe(
    'm_0: c: the key "one" pushes for 2 other hosts, its limit (limit.hosts_per_key)',
  );
  const collect = Buffer.from(JSON.stringify({ host: 'c', metrics: [{ name: 'node_x', value: 1 }] }));
  await expect(decoder.decode({ format: 'collect', bytes: collect })).rejects.toMatchObject({
    status: 403,
    title: 'c: the key "one" pushes for 2 other hosts, its limit (limit.hosts_per_key)',
  });
});

test('a series counts once for all formats, and a JSON push that repeats is admitted as it was', async () => {
  const metrics = Array.from({ length: 3_000 }, (_, at) => ({ name: `m_${at}`, value: 1 }));
  const bytes = Buffer.from(JSON.stringify({ host: 'a', metrics: metrics.slice(0, 1_000) }));
  for (let round = 0; round < 3; round++)
    expect((await decoder.decode({ format: 'collect', bytes })).accepted).toBe(1_000);
  expect(stored(await decoder.decode({ format: 'remote_write', bytes: write('a', 3_000) }))).toBe(3_000);
  const labelled = Buffer.from(JSON.stringify({ host: 'a', labels: { env: 'new' }, metrics: metrics.slice(0, 2) }));
  const refused = await decoder.decode({ format: 'collect', bytes: labelled });
  expect([refused.accepted, refused.rejections.total()]).toEqual([0, 2]);
});

test('a large push becomes batches of half a megabyte, which hold all of its samples', async () => {
  const labels = { pad: 'x'.repeat(1_000) };
  const metrics = Array.from({ length: 2_000 }, (_, at) => ({
    name: `m_${at}`,
    value: 1,
    tags: labels,
    timestamp: nowMs - at,
  }));
  const { batches, accepted } = await decoder.decode({
    format: 'collect',
    bytes: Buffer.from(JSON.stringify({ host: 'a', metrics })),
  });
  expect(accepted).toBe(2_000);
  expect(batches.length).toBeGreaterThan(3);
  expect(batches.reduce((sum, { samples }) => sum + samples, 0)).toBe(2_000);
  for (const { body, samples, oldestMs, newestMs } of batches) {
    const read = readWriteRequest(uncompressBlock(body, { maxBytes: 600 * 1024 }));
    const times = read.flatMap((series) => series.samples.map(({ timestampMs }) => timestampMs));
    expect([times.length, Math.min(...times), Math.max(...times)]).toEqual([samples, oldestMs, newestMs]);
  }
});

function busy(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

test('work runs at once while the turn has time, and callers that wait take turns', async () => {
  const turns = createLoopTurns();
  const order: string[] = [];
  const run = (caller: string, ms: number) => turns.run(caller, () => (busy(ms), order.push(caller)));
  const all = [run('a', 12), run('a', 12), run('a', 12), run('b', 12), run('c', 1)];
  expect(order).toEqual(['a']);
  await nextTurn();
  expect(order).toEqual(['a', 'a']);
  await Promise.all(all);
  expect(order).toEqual(['a', 'a', 'b', 'c', 'a']);
});

test('an error of the work reaches its caller alone', async () => {
  const turns = createLoopTurns();
  const fail = (): never => {
    throw new Error('no');
  };
  const first = turns.run('a', () => busy(12));
  const second = turns.run('a', fail);
  await expect(turns.run('a', () => 7)).resolves.toBe(7);
  await expect(second).rejects.toThrow('no');
  await expect(first).resolves.toBeUndefined();
});

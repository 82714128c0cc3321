/** One batch on its way to a backend: dropped, compared, bisected or kept for a retry. */
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test } from '@jest/globals';
import type { BatchOutcome } from '../../../ingest-gateway/forward/batch-sender.ts';
import { type BatchInfo, batchFlags } from '../../../ingest-gateway/queue/batch-file.ts';
import type { NewBatch } from '../../../ingest-gateway/queue/batch-queue.ts';
import { createSendPath, newBatch, type SendPath, type SendPathOptions } from '../../support/send-path.ts';
import { startWriteBackend, type WriteBackend, type WriteResponder } from '../../support/write-backend.ts';

const nowMs = 1_795_395_685_000;
const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop();
});

interface Scene {
  readonly backend: WriteBackend;
  readonly path: SendPath;
  /** Queues the batch and sends it. */
  readonly send: (batch: NewBatch, mode?: { readonly coalesce: boolean }) => Promise<BatchOutcome>;
}

async function scene(respond?: WriteResponder, overrides: Partial<SendPathOptions> = {}): Promise<Scene> {
  const backend = await startWriteBackend(respond);
  open.push(backend);
  const path = await createSendPath({ url: backend.url, now: () => nowMs, ...overrides });
  open.push(path);
  return {
    backend,
    path,
    async send(batch, mode = { coalesce: true }) {
      await path.queue().append([batch]);
      const outcome = await path.sender.send(path.queue().first(batch.host) as BatchInfo, mode);
      path.queue().settle(batch.host);
      return outcome;
    },
  };
}

const ok: BatchOutcome = { kind: 'ok', drops: [] };

test('sends the body as it is in the queue', async () => {
  const { backend, send } = await scene();
  expect(await send(newBatch('a', { m: [[nowMs, 1]], n: [[nowMs, 2]] }))).toEqual(ok);
  expect([[...backend.stored], backend.queries()]).toEqual([
    [
      [`a m ${nowMs}`, 1],
      [`a n ${nowMs}`, 2],
    ],
    0,
  ]);
});

test('reports a stored batch as late when a recording rule may have been evaluated without its oldest sample', async () => {
  const late: string[] = [];
  const { backend, send } = await scene(undefined, { onStoredLate: async ({ host }) => void late.push(host) });
  const inTime = [nowMs - 14_999, 1] as const;
  expect(await send(newBatch('in-time', { m: [inTime] }))).toEqual(ok);
  expect(await send(newBatch('late', { m: [[nowMs - 15_000, 1], inTime] }))).toEqual(ok);
  expect([backend.stored.size, late]).toEqual([3, ['late']]);
});

test('keeps a stored batch for a retry when its lateness cannot be recorded', async () => {
  const onStoredLate = () => Promise.reject(new Error('disk full'));
  const { backend, send } = await scene(undefined, { onStoredLate });
  expect(await send(newBatch('a', { m: [[nowMs - 60_000, 1]] }))).toEqual({
    kind: 'retry',
    message: 'the stored batch cannot be recorded: disk full',
  });
  expect(backend.stored.size).toBe(1);
});

test('drops a batch whose newest sample is older than the limit', async () => {
  const { backend, send } = await scene();
  const [atLimit, beyond] = [nowMs - 86_400_000, nowMs - 86_400_001];
  expect(await send(newBatch('a', { m: [[atLimit, 1]] }))).toEqual(ok);
  expect(
    await send(
      newBatch('a', {
        m: [
          [beyond - 5, 1],
          [beyond, 2],
        ],
      }),
    ),
  ).toEqual({
    kind: 'ok',
    drops: [{ reason: 'max_age', samples: 2 }],
  });
  expect(backend.requests).toHaveLength(1);
});

test.each([
  ['is not known', { has: () => false, isKnown: () => false }, { kind: 'unreachable' }],
  [
    'has the host',
    { has: () => true, isKnown: () => true },
    { kind: 'ok', drops: [{ reason: 'scraped', samples: 1 }] },
  ],
  ['does not have the host', { has: () => false, isKnown: () => true }, ok],
])('checks a batch accepted before the list of scraped hosts was known: the list %s', async (_, scraped, expected) => {
  const { backend, send } = await scene(undefined, { scraped });
  expect(await send(newBatch('a', { m: [[nowMs, 1]] }, batchFlags.scrapeUnknown))).toMatchObject(expected);
  expect(backend.requests).toHaveLength(expected === ok ? 1 : 0);
});

test('drops a batch whose body is damaged on disk', async () => {
  const { path, backend } = await scene();
  await path.queue().append([newBatch('a', { m: [[nowMs, 1]] })]);
  await path.reopen(() => {
    const database = new DatabaseSync(path.path);
    database.exec('update batches set crc = crc + 1');
    database.close();
  });
  const batch = path.queue().first('a') as BatchInfo;
  expect(await path.sender.send(batch, { coalesce: true })).toEqual({
    kind: 'ok',
    drops: [{ reason: 'damaged', samples: 1 }],
  });
  expect(backend.requests).toHaveLength(0);
});

test('compares an out-of-order batch: sends missing samples, drops other values, skips equal ones', async () => {
  const { backend, send } = await scene();
  await send(
    newBatch('a', {
      m: [
        [nowMs - 3, 1],
        [nowMs - 2, 2],
      ],
    }),
  );
  const late = newBatch(
    'a',
    {
      m: [
        [nowMs - 3, 1],
        [nowMs - 2, 9],
        [nowMs - 1, 3],
      ],
    },
    batchFlags.outOfOrder,
  );
  expect(await send(late)).toEqual({ kind: 'ok', drops: [{ reason: 'conflict', samples: 1 }] });
  expect(backend.requests[1]?.map(({ samples }) => samples.map(({ timestampMs }) => timestampMs))).toEqual([
    [nowMs - 1],
  ]);
  expect(backend.stored.get(`a m ${nowMs - 2}`)).toBe(2);
  expect(await send(late)).toEqual({ kind: 'ok', drops: [{ reason: 'conflict', samples: 1 }] });
  expect(backend.requests).toHaveLength(2);
});

test('bisects a refused batch down to the samples at fault', async () => {
  const { backend, path, send } = await scene((series) => {
    const values = series.flatMap(({ samples }) => samples.map(({ value }) => value));
    if (values.includes(13)) return [400, 'duplicate sample for timestamp'];
    return values.includes(14) ? [500, 'too old sample'] : undefined;
  });
  const good = Array.from({ length: 10 }, (_, at) => [nowMs + at, at] as const);
  const series = { a: good, b: [...good.slice(0, 4), [nowMs + 4, 13], [nowMs + 5, 14]] as const, c: good };
  const outcome = await send(newBatch('a', series));
  expect(outcome).toMatchObject({
    kind: 'ok',
    drops: [
      { reason: 'duplicate', samples: 1 },
      { reason: 'too_old', samples: 1 },
    ],
  });
  expect(backend.stored.size).toBe(24);
  expect(path.log.lines.at(-1)).toMatchObject({ msg: 'Prometheus refused samples', host: 'a', refused: 2, of: 26 });
});

test('a failure in the middle of a bisection keeps the whole batch', async () => {
  let requests = 0;
  const { send } = await scene(() => {
    requests += 1;
    return requests === 1 ? [400, 'out of bounds'] : requests === 3 ? [503, 'stopping'] : undefined;
  });
  expect(await send(newBatch('a', { m: [[nowMs, 1]], n: [[nowMs, 2]] }))).toEqual({
    kind: 'unreachable',
    message: 'status 503: stopping',
  });
});

test('a host with a refused sample is not coalesced for ten minutes', async () => {
  let timeMs = nowMs;
  const { backend, path } = await scene(
    (series) => (series.some(({ samples }) => samples[0]?.value === 13) ? [400, 'out of bounds'] : undefined),
    { now: () => timeMs, maxRequests: 1 },
  );
  const queue = path.queue();
  const sendAll = async (value: number): Promise<number> => {
    await queue.append(['a', 'b', 'c'].map((host) => newBatch(host, { m: [[timeMs, host === 'a' ? value : 1]] })));
    const before = backend.requests.length;
    const first = ['a', 'b', 'c'].map((host) => queue.first(host) as BatchInfo);
    await Promise.all(first.map((batch) => path.sender.send(batch, { coalesce: true })));
    for (const { host } of first) queue.settle(host);
    return backend.requests.length - before;
  };
  expect(await sendAll(13)).toBe(4);
  timeMs += 599_999;
  expect(await sendAll(1)).toBe(2);
  timeMs += 1;
  expect(await sendAll(1)).toBe(1);
});

test('a backend that is gone is unreachable, for writes and for comparisons', async () => {
  const { backend, send } = await scene();
  backend.stop();
  expect(await send(newBatch('a', { m: [[nowMs, 1]] }))).toMatchObject({ kind: 'unreachable' });
  const late = newBatch('a', { m: [[nowMs, 1]] }, batchFlags.outOfOrder);
  expect(await send(late)).toMatchObject({ kind: 'unreachable' });
});

test('resends the samples that the backend no longer has', async () => {
  const { backend, path, send } = await scene();
  await send(
    newBatch('a', {
      m: [
        [nowMs, 1],
        [nowMs + 1, 2],
      ],
    }),
  );
  const [batch] = path.queue().settled();
  expect(await path.sender.resend(batch as BatchInfo, { coalesce: true })).toEqual(ok);
  expect(backend.requests).toHaveLength(1);
  backend.stored.delete(`a m ${nowMs + 1}`);
  expect(await path.sender.resend(batch as BatchInfo, { coalesce: true })).toEqual(ok);
  expect(backend.requests[1]?.[0]?.samples).toHaveLength(1);
  expect(backend.stored.size).toBe(2);
});

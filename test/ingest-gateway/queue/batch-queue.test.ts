/** The gateway's queue: order, durability, limits and restarts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createLog } from '../../../common/program/log.ts';
import type { BatchInfo } from '../../../ingest-gateway/queue/batch-file.ts';
import {
  type BatchQueue,
  type BatchQueueOptions,
  type OpenedQueue,
  openBatchQueue,
  QueueRefusal,
} from '../../../ingest-gateway/queue/batch-queue.ts';

let folder: string;
let nowMs: number;
let lines: string;
const queues: BatchQueue[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-queue-'));
  [nowMs, lines] = [1_000_000, ''];
});

afterEach(async () => {
  for (const queue of queues.splice(0)) await queue.stop();
  rmSync(folder, { recursive: true });
});

async function open(options: Partial<BatchQueueOptions> = {}): Promise<OpenedQueue> {
  const log = createLog({ level: 'debug', format: 'logfmt', program: 'test', write: (line) => (lines += line) });
  const path = join(folder, 'queue.db');
  const opened = await openBatchQueue({ path, maxBytes: 2 ** 20, now: () => nowMs, log, ...options });
  queues.push(opened.queue);
  return opened;
}

async function start(options: Partial<BatchQueueOptions> = {}): Promise<BatchQueue> {
  return (await open(options)).queue;
}

const batch = (host: string, text: string, newestMs = 5, flags = 3) => ({
  host,
  oldestMs: 1,
  newestMs,
  samples: 2,
  flags,
  body: new TextEncoder().encode(text).slice(),
});

async function bodiesOf(queue: BatchQueue, host: string): Promise<string[]> {
  const bodies: string[] = [];
  for (let first = queue.first(host); first !== undefined; first = queue.first(host)) {
    bodies.push(new TextDecoder().decode(await queue.body(first)));
    queue.settle(host);
  }
  return bodies;
}

test('returns batches of a host in the order of acceptance, also after a restart, and settled ones never again', async () => {
  const first = await start();
  const heard: string[] = [];
  first.onWaiting((host) => heard.push(host));
  await Promise.all([
    first.append([batch('a', 'a1'), batch('b', 'b1')]),
    first.append([batch('a', 'a2')]),
    first.append([batch('a', 'a3', 9)]),
  ]);
  expect(heard).toEqual(['a', 'b']);
  expect(first.state()).toMatchObject({
    batches: 4,
    samples: 8,
    bytes: 4 * 258,
    isWritable: true,
    oldestAcceptedMs: nowMs,
  });
  first.settle('a');
  await first.stop();

  const { queue: second, newestAtStart } = await open();
  expect([...second.hosts()].sort()).toEqual(['a', 'b']);
  expect(second.first('a')).toMatchObject({
    host: 'a',
    acceptedMs: nowMs,
    oldestMs: 1,
    newestMs: 5,
    samples: 2,
    flags: 3,
  });
  expect(newestAtStart).toEqual(
    new Map([
      ['a', 9],
      ['b', 5],
    ]),
  );
  expect(second.settled().map(({ host }) => host)).toEqual(['a']);
  expect(await bodiesOf(second, 'a')).toEqual(['a2', 'a3']);
  await second.append([batch('a', 'a4')]);
  expect(await bodiesOf(second, 'a')).toEqual(['a4']);
  expect(await bodiesOf(second, 'b')).toEqual(['b1']);
  expect(second.state()).toMatchObject({ batches: 0, samples: 0, bytes: 0 });
});

test('a full queue refuses batches until one is settled', async () => {
  const queue = await start({ maxBytes: 700 });
  await queue.append([batch('a', 'x'.repeat(100))]);
  const refused = queue.append([batch('a', 'x'.repeat(100)), batch('b', 'x')]);
  await expect(refused).rejects.toThrow(QueueRefusal);
  await expect(refused).rejects.toMatchObject({ reason: 'full' });
  expect(queue.pending('b')).toBe(0);
  queue.settle('a');
  await queue.append([batch('a', 'x'.repeat(100)), batch('b', 'x')]);
  expect([queue.pending('a'), queue.pending('b')]).toEqual([1, 1]);
});

test('retains a settled batch for its replay window', async () => {
  const queue = await start();
  await queue.append([batch('a', 'a1', 5, 0)]);
  queue.settle('a');
  await queue.append([batch('a', 'a2')]);
  const [retained] = queue.settled();
  expect(new TextDecoder().decode(await queue.body(retained as BatchInfo))).toBe('a1');
  nowMs += 300_001;
  await queue.append([batch('b', 'b1')]);
  expect(queue.settled()).toEqual([]);
  expect(await queue.body(retained as BatchInfo)).toBeUndefined();
});

test('moves a damaged file aside and logs it; refuses a second gateway', async () => {
  writeFileSync(join(folder, 'queue.db'), 'not a database, and longer than a header of a hundred bytes'.repeat(20));
  await start();
  expect(lines).toContain('the queue is damaged');
  await expect(start()).rejects.toThrow(/cannot open the queue .*: another gateway has it open/);
}, 20_000);

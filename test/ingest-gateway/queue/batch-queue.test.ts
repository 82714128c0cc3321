/** The gateway's queue: order, durability, limits and restarts; which items share a commit, and what their callers get. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLog } from '../../../common/program/log.ts';
import {
  type BatchInfo,
  type BatchQueue,
  type BatchQueueOptions,
  createGroupCommit,
  type GroupCommitOptions,
  type OpenedQueue,
  openBatchQueue,
  QueueRefusal,
} from '../../../ingest-gateway/queue/batch-queue.ts';
import { createRandom } from '../../support/random.ts';

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

describe('a group commit', () => {
  /** A group commit whose commits wait until the test ends them. */
  function scene(options: Partial<Omit<GroupCommitOptions<string>, 'commit'>> = {}) {
    const groups: (readonly string[])[] = [];
    const running: { readonly end: () => void; readonly fail: (error: Error) => void }[] = [];
    const waiters: (() => void)[] = [];
    const commits = createGroupCommit<string>({
      commit: (group) => {
        groups.push(group);
        return new Promise((resolve, reject) => {
          running.push({ end: () => resolve(), fail: reject });
          for (const wake of waiters.splice(0)) wake();
        });
      },
      delayMs: 1,
      maxItems: 100,
      idleDelayMs: 1,
      ...options,
    });
    return {
      commits,
      groups,
      /** Waits for the next commit to run. */
      next: async () => {
        if (running.length === 0) await new Promise<void>((resolve) => void waiters.push(resolve));
        return running.shift() as (typeof running)[number];
      },
    };
  }

  test('items that arrive together share a commit, and are on disk when it ends', async () => {
    const { commits, groups, next } = scene();
    const done: string[] = [];
    const added = ['a', 'b'].map((item) => commits.add(item, 10).then(() => done.push(item)));
    expect(commits.waitingBytes()).toBe(20);
    const commit = await next();
    expect([groups, done, commits.waitingBytes()]).toEqual([[['a', 'b']], [], 20]);
    commit.end();
    await Promise.all(added);
    expect([done, commits.waitingBytes()]).toEqual([['a', 'b'], 0]);
  });

  test('items that arrive during a commit wait for the next, so that one runs at a time', async () => {
    const { commits, groups, next } = scene();
    const first = commits.add('a', 1);
    const commit = await next();
    const others = [commits.add('b', 1), commits.add('c', 1)];
    await sleep(20);
    expect(groups).toEqual([['a']]);
    commit.end();
    await first;
    (await next()).end();
    await Promise.all(others);
    expect(groups).toEqual([['a'], ['b', 'c']]);
  });

  test('a failed commit rejects its items alone', async () => {
    const { commits, groups, next } = scene();
    const failed = expect(commits.add('a', 5)).rejects.toThrow('disk full');
    const commit = await next();
    const later = commits.add('b', 7);
    commit.fail(new Error('disk full'));
    await failed;
    expect(commits.waitingBytes()).toBe(7);
    (await next()).end();
    await later;
    expect([groups, commits.waitingBytes()]).toEqual([[['a'], ['b']], 0]);
  });

  test('a full group does not wait for the delay', async () => {
    const { commits, groups, next } = scene({ delayMs: 3_600_000, maxItems: 3 });
    const added = ['a', 'b', 'c'].map((item) => commits.add(item, 1));
    (await next()).end();
    await Promise.all(added);
    expect(groups).toEqual([['a', 'b', 'c']]);
  });

  test('a nudge commits an empty group, and an added item does not wait for the idle delay', async () => {
    const idle = scene();
    idle.commits.nudge();
    (await idle.next()).end();
    expect(idle.groups).toEqual([[]]);
    const { commits, groups, next } = scene({ idleDelayMs: 3_600_000 });
    commits.nudge();
    const added = commits.add('a', 1);
    (await next()).end();
    await added;
    expect(groups).toEqual([['a']]);
    const drained = commits.drain();
    (await next()).end();
    await drained;
  });

  test('drain commits items that wait and those added during the last commit', async () => {
    const { commits, groups, next } = scene({ delayMs: 3_600_000 });
    const first = commits.add('a', 1);
    const drained = commits.drain();
    const commit = await next();
    const second = commits.add('b', 1);
    commit.end();
    await first;
    (await next()).end();
    await Promise.all([second, drained]);
    expect(groups).toEqual([['a'], ['b']]);
  });

  test.each([1, 2, 3])(
    'random arrivals and failures: every item is committed once, in order: seed %i',
    async (seed) => {
      const random = createRandom(seed);
      const committed: number[] = [];
      let running = 0;
      const commits = createGroupCommit<number>({
        delayMs: 1,
        maxItems: 5,
        idleDelayMs: 2,
        async commit(group) {
          running += 1;
          expect(running).toBe(1);
          await sleep(random.below(3));
          running -= 1;
          if (random.below(4) === 0) throw new Error('disk full');
          committed.push(...group);
        },
      });
      const results: Promise<number | undefined>[] = [];
      for (let item = 0; item < 200; item++) {
        results.push(
          commits.add(item, 1).then(
            () => item,
            () => undefined,
          ),
        );
        if (random.below(10) === 0) commits.nudge();
        if (random.below(3) === 0) await sleep(random.below(3));
      }
      await commits.drain();
      const stored = (await Promise.all(results)).filter((item) => item !== undefined);
      expect(committed).toEqual(stored);
      expect(stored.length).toBeGreaterThan(50);
      expect(stored.length).toBeLessThan(200);
      expect(commits.waitingBytes()).toBe(0);
    },
  );
});

/** Group commit: which items share a commit, and what their callers get. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createGroupCommit, type GroupCommitOptions } from '../../../ingest-gateway/queue/group-commit.ts';
import { createRandom } from '../../support/random.ts';

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

test.each([1, 2, 3])('random arrivals and failures: every item is committed once, in order: seed %i', async (seed) => {
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
});

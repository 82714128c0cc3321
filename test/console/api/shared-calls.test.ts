/** Calls are shared, bounded, cached and aborted: single transitions, and random interleavings. */
import { describe, expect, test } from '@jest/globals';
import { createCallQueue, createSharedCalls, type Priority } from '../../../console/api/shared-calls.ts';
import { createRandom } from '../../support/random.ts';

/** A load that the test ends. */
interface OpenLoad {
  readonly key: string;
  readonly answer: (text: string) => void;
  readonly fail: (error: Error) => void;
}

/** Lets all callbacks of settled promises run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Records loads, and keeps each open until the test ends it or its signal aborts. */
function recordLoads() {
  const began: string[] = [];
  const aborted: string[] = [];
  const open = new Set<OpenLoad>();
  const load = (key: string) => (signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      const each = {
        key,
        answer: (text: string) => {
          open.delete(each);
          resolve(text);
        },
        fail: (error: Error) => {
          open.delete(each);
          reject(error);
        },
      };
      began.push(key);
      open.add(each);
      signal.addEventListener('abort', () => {
        aborted.push(key);
        each.fail(signal.reason as Error);
      });
    });
  return { began, aborted, open, load };
}

function createScene({ maxConcurrency = 2, maxCached = 3 } = {}) {
  let nowMs = 0;
  const { began, aborted, open, load } = recordLoads();
  const calls = createSharedCalls({ maxConcurrency, maxCached, maxAgeMs: 1_000, now: () => nowMs });
  const find = (key: string) => [...open].find((each) => each.key === key);
  return {
    calls,
    began,
    aborted,
    ask: (key: string, signal = new AbortController().signal, priority: Priority = 'normal') =>
      calls.share(key, load(key), { signal, priority }),
    answer: async (key: string) => {
      find(key)?.answer(`answer of ${key}`);
      await settle();
    },
    fail: async (key: string) => {
      find(key)?.fail(new Error(`fault of ${key}`));
      await settle();
    },
    tick: (ms: number) => void (nowMs += ms),
  };
}

describe('sharing', () => {
  test('callers with the same key share one load and its answer', async () => {
    const { ask, answer, began } = createScene();
    const both = Promise.all([ask('a'), ask('a')]);
    await answer('a');
    expect(await both).toEqual(['answer of a', 'answer of a']);
    expect(began).toEqual(['a']);
  });

  test('an error reaches all callers, and is not cached', async () => {
    const { ask, fail, answer, began } = createScene();
    const both = Promise.allSettled([ask('a'), ask('a')]);
    await fail('a');
    expect(await both).toEqual(
      [1, 2].map(() => ({ status: 'rejected', reason: expect.objectContaining({ message: 'fault of a' }) })),
    );
    const again = ask('a');
    await answer('a');
    expect(await again).toBe('answer of a');
    expect(began).toEqual(['a', 'a']);
  });

  test('a load that throws before it returns a promise rejects', async () => {
    const { calls } = createScene();
    const load = () => {
      throw new Error('no promise');
    };
    await expect(calls.share('a', load, { signal: new AbortController().signal })).rejects.toThrow('no promise');
  });
});

describe('cached answers', () => {
  test('last for their age', async () => {
    const { ask, answer, began, tick } = createScene();
    void ask('a');
    await answer('a');
    tick(1_000);
    expect(await ask('a')).toBe('answer of a');
    expect(began).toEqual(['a']);
    tick(1);
    void ask('a');
    expect(began).toEqual(['a', 'a']);
  });

  test('end when they are cleared', async () => {
    const { calls, ask, answer, began } = createScene();
    void ask('a');
    await answer('a');
    calls.clear();
    void ask('a');
    expect(began).toEqual(['a', 'a']);
  });

  test('clearing leaves a load to its callers, and gives it no new ones', async () => {
    const { calls, ask, answer, began, aborted } = createScene();
    const before = ask('a');
    calls.clear();
    void ask('a');
    expect(began).toEqual(['a', 'a']);
    await answer('a');
    expect(await before).toBe('answer of a');
    expect(aborted).toEqual([]);
  });

  test('are bounded: the oldest is dropped', async () => {
    const { ask, answer, began } = createScene();
    for (const key of ['a', 'b', 'c', 'd']) {
      void ask(key);
      await answer(key);
    }
    await Promise.all([ask('b'), ask('c'), ask('d')]);
    expect(began).toEqual(['a', 'b', 'c', 'd']);
    void ask('a');
    expect(began).toEqual(['a', 'b', 'c', 'd', 'a']);
  });
});

describe('a caller that leaves', () => {
  test('as the last one aborts the load', async () => {
    const { ask, aborted } = createScene();
    const controller = new AbortController();
    const left = expect(ask('a', controller.signal)).rejects.toThrow('left');
    controller.abort(new Error('left'));
    await left;
    expect(aborted).toEqual(['a']);
  });

  test('as the last one leaves no aborted load to the next caller', async () => {
    const { ask, answer, began } = createScene();
    const controller = new AbortController();
    const left = expect(ask('a', controller.signal)).rejects.toThrow('left');
    controller.abort(new Error('left'));
    const next = ask('a');
    await left;
    await answer('a');
    expect(await next).toBe('answer of a');
    expect(began).toEqual(['a', 'a']);
  });

  test('leaves the load to the other callers', async () => {
    const { ask, answer, aborted, began } = createScene();
    const controller = new AbortController();
    const left = expect(ask('a', controller.signal)).rejects.toThrow('left');
    const other = ask('a');
    controller.abort(new Error('left'));
    await left;
    await answer('a');
    expect(await other).toBe('answer of a');
    expect([aborted, began]).toEqual([[], ['a']]);
  });

  test('after the answer leaves it cached', async () => {
    const { ask, answer, began } = createScene();
    const controller = new AbortController();
    void ask('a', controller.signal);
    await answer('a');
    controller.abort(new Error('left'));
    expect(await ask('a')).toBe('answer of a');
    expect(began).toEqual(['a']);
  });

  test('while its load waits takes the load out of the queue', async () => {
    const { ask, answer, began } = createScene({ maxConcurrency: 1 });
    const controller = new AbortController();
    const first = ask('a');
    const left = expect(ask('b', controller.signal)).rejects.toThrow('left');
    const third = ask('c');
    controller.abort(new Error('left'));
    await left;
    await answer('a');
    await first;
    expect(began).toEqual(['a', 'c']);
    await answer('c');
    expect(await third).toBe('answer of c');
  });

  test('before it asks starts no load', async () => {
    const { ask, began } = createScene();
    await expect(ask('a', AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
    expect(began).toEqual([]);
  });
});

describe('the queue', () => {
  test('runs at most maxConcurrency loads; the next starts when one ends, also by an error', async () => {
    const { ask, answer, fail, began } = createScene();
    const all = Promise.allSettled(['a', 'b', 'c', 'd'].map((key) => ask(key)));
    expect(began).toEqual(['a', 'b']);
    await answer('b');
    expect(began).toEqual(['a', 'b', 'c']);
    await fail('a');
    expect(began).toEqual(['a', 'b', 'c', 'd']);
    await answer('c');
    await answer('d');
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
  });

  test('starts high before normal; idle loads wait for all others, then start together', async () => {
    const { ask, answer, began } = createScene({ maxConcurrency: 2 });
    const { signal } = new AbortController();
    const all = Promise.all([
      ask('idle 1', signal, 'idle'),
      ask('a'),
      ask('idle 2', signal, 'idle'),
      ask('b'),
      ask('c'),
      ask('marks', signal, 'high'),
      ask('idle 3', signal, 'idle'),
    ]);
    await settle();
    expect(began).toEqual(['a', 'b']);
    await answer('a');
    expect(began.slice(2)).toEqual(['marks']);
    await answer('b');
    expect(began.slice(3)).toEqual(['c']);
    await answer('marks');
    expect(began).toHaveLength(4);
    await answer('c');
    expect(began.slice(4)).toEqual(['idle 1', 'idle 2']);
    await answer('idle 1');
    expect(began.slice(6)).toEqual(['idle 3']);
    await answer('idle 2');
    await answer('idle 3');
    expect(await all).toHaveLength(7);
  });

  test('an idle load starts once the normal load before it left the queue', async () => {
    const { ask, answer, began } = createScene({ maxConcurrency: 1 });
    const controller = new AbortController();
    const first = ask('a');
    const left = ask('b', controller.signal);
    const last = ask('idle', new AbortController().signal, 'idle');
    controller.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    await answer('a');
    await answer('idle');
    expect([await first, await last]).toEqual(['answer of a', 'answer of idle']);
    expect(began).toEqual(['a', 'idle']);
  });

  test('an idle load pauses first, so that a call made meanwhile goes before it', async () => {
    const { began, open, load } = recordLoads();
    const pauses: (() => void)[] = [];
    const pause = () => new Promise<void>((resolve) => pauses.push(resolve));
    const queue = createCallQueue({ maxConcurrency: 1, pause });
    const { signal } = new AbortController();
    void queue.run('idle', load('idle'), signal);
    const aborted = queue.run('idle', load('aborted'), AbortSignal.abort(new Error('left')));
    void queue.run('normal', load('normal'), signal);
    for (const end of pauses) end();
    await expect(aborted).rejects.toThrow('left');
    expect(began).toEqual(['normal']);
    for (const each of open) each.answer('');
    await settle();
    expect(began).toEqual(['normal', 'idle']);
  });
});

/** A caller of the random test, with the outcome that it saw. */
interface RandomCaller {
  readonly key: string;
  readonly controller: AbortController;
  outcome: string | undefined;
}

describe.each(Array.from({ length: 40 }, (_, index) => index + 1))('random interleavings, seed %i', (seed) => {
  test('share, bound and abort loads, and leave no caller without an outcome', async () => {
    const random = createRandom(seed);
    const [maxConcurrency, maxAgeMs] = [1 + random.below(3), 50];
    let nowMs = 0;
    let loads = 0;
    const open = new Map<number, { key: string; priority: Priority; end: (how: 'answer' | 'fail') => void }>();
    const abortedLoads = new Set<number>();
    const endedAt = new Map<number, number>();
    const callers: RandomCaller[] = [];
    const calls = createSharedCalls({ maxConcurrency, maxCached: 2, maxAgeMs, now: () => nowMs });
    const faults: string[] = [];
    let clears = 0;
    const begun = new Map<number, { key: string; generation: number }>();

    function ask(key: string, priority: Priority): void {
      const caller: RandomCaller = {
        key,
        controller: new AbortController(),
        outcome: undefined,
      };
      callers.push(caller);
      const askedAtMs = nowMs;
      const generation = clears;
      const load = (signal: AbortSignal) =>
        new Promise<string>((resolve, reject) => {
          const number = (loads += 1);
          const twins = [...open.keys()].map((each) => begun.get(each)).filter((each) => each?.key === key);
          if (twins.some((each) => each?.generation === generation)) faults.push(`${key} loads twice`);
          if (priority === 'idle' && [...open.values()].some((each) => each.priority !== 'idle'))
            faults.push(`idle ${key} runs beside others`);
          begun.set(number, { key, generation });
          const end = (how: 'answer' | 'fail') => {
            open.delete(number);
            endedAt.set(number, nowMs);
            if (how === 'answer') resolve(`${key} ${number}`);
            else reject(new Error(`${key} ${number}`));
          };
          open.set(number, { key, priority, end });
          if (open.size > maxConcurrency) faults.push(`${open.size} loads at once`);
          signal.addEventListener('abort', () => {
            abortedLoads.add(number);
            end('fail');
          });
        });
      calls.share(key, load, { signal: caller.controller.signal, priority }).then(
        (text) => {
          caller.outcome = `answer ${text}`;
          const ended = endedAt.get(Number(text.split(' ')[1])) ?? Number.NaN;
          if (!(askedAtMs - ended <= maxAgeMs)) faults.push(`${text} was ${askedAtMs - ended} ms old`);
        },
        (error: Error) => {
          caller.outcome = `error ${error.message}`;
        },
      );
    }

    const steps: (() => void | Promise<void>)[] = [
      () => ask(random.pick(['a', 'b', 'c', 'd']), random.pick(['high', 'normal', 'normal', 'idle'])),
      () => random.pick(callers.slice(-4)).controller.abort(new Error('left')),
      () => open.get(random.pick([...open.keys(), 0]))?.end(random.pick(['answer', 'answer', 'fail'])),
      async () => {
        await settle(); // an answer ages from the moment at which its callers get it
        nowMs += random.below(30);
      },
      () => {
        if (random.below(10) > 0) return;
        calls.clear();
        clears += 1;
      },
    ];
    ask('a', 'normal');
    for (let step = 0; step < 300; step += 1) {
      const done = random.pick(steps)();
      if (done !== undefined) await done; // without an await, the next step precedes any callback
      if (random.below(3) === 0) await settle();
    }
    await settle();
    // Remaining callers get the outcome of their load, and each load in flight has a caller.
    const waitingKeys = callers.filter(({ outcome }) => outcome === undefined).map(({ key }) => key);
    expect([...open.values()].filter(({ key }) => !waitingKeys.includes(key))).toEqual([]);
    for (let round = 0; round < 100 && open.size > 0; round += 1) {
      for (const { end } of open.values()) end('answer');
      await settle();
    }
    expect(faults).toEqual([]);
    expect(callers.length).toBeGreaterThan(20);
    expect(callers.filter(({ outcome }) => outcome === undefined)).toEqual([]);
    const left = callers.filter(({ outcome }) => outcome === 'error left');
    expect(left.filter(({ controller }) => !controller.signal.aborted)).toEqual([]);
    const wrong = callers.filter(({ key, outcome }) => outcome !== 'error left' && !outcome?.includes(` ${key} `));
    expect(wrong).toEqual([]);
    expect(abortedLoads.size).toBeGreaterThan(0);
  });
});

/** Calls are shared, bounded and given up. */
import { describe, expect, test } from '@jest/globals';
import { createSharedCalls, type SharedCalls, type Turn } from '../../../console/api/shared-calls.ts';

interface Scene {
  readonly calls: SharedCalls;
  /** Keys of the loads that began, in order. */
  readonly began: string[];
  readonly aborted: string[];
  readonly ask: (key: string, signal?: AbortSignal, turn?: Turn) => Promise<string>;
  /** Ends the load of a key that has waited longest. */
  readonly answer: (key: string) => Promise<void>;
  readonly fail: (key: string) => Promise<void>;
  readonly tick: (ms: number) => void;
}

function scene({ maxConcurrency = 2, maxKept = 3 } = {}): Scene {
  let nowMs = 0;
  const calls = createSharedCalls({ maxConcurrency, maxKept, maxAgeMs: 1_000, now: () => nowMs });
  const open = new Map<string, { resolve: (text: string) => void; reject: (error: Error) => void }>();
  const began: string[] = [];
  const aborted: string[] = [];
  const load = (key: string) => (signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      began.push(key);
      open.set(key, { resolve, reject });
      signal.addEventListener('abort', () => {
        aborted.push(key);
        reject(signal.reason as Error);
      });
    });
  /** What follows from a promise's end has happened. */
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    calls,
    began,
    aborted,
    ask: (key, signal = new AbortController().signal, turn = 'usual') => calls.share(key, load(key), { signal, turn }),
    async answer(key) {
      open.get(key)?.resolve(`answer of ${key}`);
      await settle();
    },
    async fail(key) {
      open.get(key)?.reject(new Error(`fault of ${key}`));
      await settle();
    },
    tick: (ms) => void (nowMs += ms),
  };
}

test('who asks the same at once shares one call, and its answer', async () => {
  const { ask, answer, began } = scene();
  const both = Promise.all([ask('a'), ask('a')]);
  await answer('a');
  expect(await both).toEqual(['answer of a', 'answer of a']);
  expect(await ask('a')).toBe('answer of a');
  expect(began).toEqual(['a']);
});

test('an answer is kept for its time, and not beyond forgetting', async () => {
  const { calls, ask, answer, began, tick } = scene();
  void ask('a');
  await answer('a');
  tick(1_001);
  void ask('a');
  await answer('a');
  expect(began).toEqual(['a', 'a']);
  calls.forget();
  void ask('a');
  expect(began).toEqual(['a', 'a', 'a']);
});

test('no more answers than allowed are kept, the newest', async () => {
  const { ask, answer, began } = scene();
  for (const key of ['a', 'b', 'c', 'd']) {
    void ask(key);
    await answer(key);
  }
  await Promise.all([ask('b'), ask('c'), ask('d')]);
  expect(began).toEqual(['a', 'b', 'c', 'd']);
  void ask('a');
  expect(began).toEqual(['a', 'b', 'c', 'd', 'a']);
});

test('a failure is everybody’s, and is not kept', async () => {
  const { ask, fail, answer, began } = scene();
  const both = Promise.allSettled([ask('a'), ask('a')]);
  await fail('a');
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const again = ask('a');
  await answer('a');
  expect(await again).toBe('answer of a');
  expect(began).toEqual(['a', 'a']);
});

test('no more run at once than allowed; the next begins when one ends', async () => {
  const { ask, answer, fail, began } = scene();
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

describe('who goes', () => {
  test('alone, ends the call', async () => {
    const { ask, aborted } = scene();
    const controller = new AbortController();
    const gone = expect(ask('a', controller.signal)).rejects.toThrow('changed');
    controller.abort(new Error('changed'));
    await gone;
    expect(aborted).toEqual(['a']);
  });

  test('leaves it to others', async () => {
    const { ask, answer, aborted, began } = scene();
    const controller = new AbortController();
    const gone = expect(ask('a', controller.signal)).rejects.toThrow('changed');
    const other = ask('a');
    controller.abort(new Error('changed'));
    await gone;
    await answer('a');
    expect(await other).toBe('answer of a');
    expect([aborted, began]).toEqual([[], ['a']]);
  });

  test('before its turn, takes nobody’s', async () => {
    const { ask, answer, began } = scene({ maxConcurrency: 1 });
    const controller = new AbortController();
    const first = ask('a');
    const gone = expect(ask('b', controller.signal)).rejects.toThrow('changed');
    const third = ask('c');
    controller.abort(new Error('changed'));
    await gone;
    await answer('a');
    await first;
    expect(began).toEqual(['a', 'c']);
    await answer('c');
    expect(await third).toBe('answer of c');
  });

  test('before asking, asks nothing', async () => {
    const { ask, began } = scene();
    await expect(ask('a', AbortSignal.abort(new Error('changed')))).rejects.toThrow('changed');
    expect(began).toEqual([]);
  });
});

test('what is needed first is asked first; what nobody sees yet waits for all others, then runs at once', async () => {
  const { ask, answer, began } = scene({ maxConcurrency: 2 });
  const { signal } = new AbortController();
  const all = Promise.all([
    ask('unseen 1', signal, 'last'),
    ask('a'),
    ask('unseen 2', signal, 'last'),
    ask('b'),
    ask('c'),
    ask('marks', signal, 'first'),
    ask('unseen 3', signal, 'last'),
  ]);
  await answer('none');
  expect(began).toEqual(['a', 'b']);
  await answer('a');
  expect(began.slice(2)).toEqual(['marks']);
  await answer('b');
  expect(began.slice(3)).toEqual(['c']);
  await answer('marks');
  expect(began).toHaveLength(4);
  await answer('c');
  expect(began.slice(4)).toEqual(['unseen 1', 'unseen 2']);
  await answer('unseen 1');
  expect(began.slice(6)).toEqual(['unseen 3']);
  await answer('unseen 2');
  await answer('unseen 3');
  expect(await all).toHaveLength(7);
});

test('a call that was given up while it waited keeps no later one from its turn', async () => {
  const { ask, answer, began } = scene({ maxConcurrency: 1 });
  const gone = new AbortController();
  const first = ask('a');
  const given = ask('b', gone.signal);
  const last = ask('unseen', new AbortController().signal, 'last');
  gone.abort(new Error('gone'));
  await expect(given).rejects.toThrow('gone');
  await answer('a');
  await answer('unseen');
  expect([await first, await last]).toEqual(['answer of a', 'answer of unseen']);
  expect(began).toEqual(['a', 'unseen']);
});

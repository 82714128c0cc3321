/** Slots: the limit, the order, and callers that abort while they wait. */
import { describe, expect, test } from '@jest/globals';
import { createSlots } from '../../../common/prometheus/slots.ts';

const never = new AbortController().signal;

describe('createSlots', () => {
  test('runs at most `count` tasks at once, in the order of the calls', async () => {
    const slots = createSlots({ count: 2 });
    const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
    const started: number[] = [];
    const runs = gates.map(({ promise }, index) =>
      slots.run(async () => {
        started.push(index);
        await promise;
        return index;
      }, never),
    );
    await Promise.resolve();
    expect(started).toEqual([0, 1]);
    expect(slots.waiting()).toBe(2);
    gates[1]?.resolve();
    expect(await runs[1]).toBe(1);
    await Promise.resolve();
    expect(started).toEqual([0, 1, 2]);
    for (const { resolve } of gates) resolve();
    expect(await Promise.all(runs)).toEqual([0, 1, 2, 3]);
    expect(slots.waiting()).toBe(0);
  });

  test('a task that throws releases its slot', async () => {
    const slots = createSlots({ count: 1 });
    const failed = slots.run(() => Promise.reject(new Error('no')), never);
    const next = slots.run(() => Promise.resolve('next'), never);
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe('next');
  });

  test('a task that is aborted while it waits never runs and blocks no other task', async () => {
    const slots = createSlots({ count: 1 });
    const gate = Promise.withResolvers<void>();
    const leaving = new AbortController();
    const ran: string[] = [];
    const first = slots.run(() => gate.promise, never);
    const second = slots.run(async () => void ran.push('second'), leaving.signal);
    const third = slots.run(async () => void ran.push('third'), never);
    leaving.abort(new Error('left'));
    await expect(second).rejects.toThrow('left');
    gate.resolve();
    await Promise.all([first, third]);
    expect(ran).toEqual(['third']);
  });

  test('a task whose signal is aborted does not start', async () => {
    const slots = createSlots({ count: 1 });
    await expect(slots.run(() => Promise.resolve(1), AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(await slots.run(() => Promise.resolve(2), never)).toBe(2);
  });

  test('one caller runs at most `perCaller` tasks and leaves the other slots to others', async () => {
    const slots = createSlots({ count: 3, perCaller: 2 });
    const gate = Promise.withResolvers<void>();
    const started: string[] = [];
    const task = (name: string) => async () => {
      started.push(name);
      await gate.promise;
    };
    const greedy = [1, 2, 3, 4].map((index) => slots.run(task(`greedy ${index}`), never, 'greedy'));
    const other = slots.run(task('other'), never, 'other');
    const unnamed = slots.run(task('unnamed'), never);
    await Promise.resolve();
    expect(started).toEqual(['greedy 1', 'greedy 2', 'other']);
    expect(slots.waiting()).toBe(3);
    gate.resolve();
    await Promise.all([...greedy, other, unnamed]);
    expect(slots.waiting()).toBe(0);
  });

  test('callers that wait take turns, however many calls they have', async () => {
    const slots = createSlots({ count: 1 });
    const started: string[] = [];
    const run = (caller: string, index: number) =>
      slots.run(async () => void started.push(`${caller}${index}`), never, caller);
    const gate = Promise.withResolvers<void>();
    const first = slots.run(() => gate.promise, never, 'a');
    const runs = [1, 2, 3, 4].map((index) => run('a', index)).concat([run('b', 1), run('b', 2), run('c', 1)]);
    gate.resolve();
    await Promise.all([first, ...runs]);
    expect(started).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4']);
  });

  test('any order of starts, ends and aborts keeps both limits and ends with no task waiting', async () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      let state = seed;
      const random = (below: number): number => {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        return Math.floor((state / 2_147_483_648) * below);
      };
      const slots = createSlots({ count: 3, perCaller: 2 });
      const running = new Map<string, number>();
      const runs: Promise<unknown>[] = [];
      for (let index = 0; index < 30; index += 1) {
        const caller = `caller ${random(4)}`;
        const leaving = new AbortController();
        if (random(4) === 0) setImmediate(() => leaving.abort(new Error('left')));
        const work = async (): Promise<void> => {
          running.set(caller, (running.get(caller) ?? 0) + 1);
          expect(running.get(caller)).toBeLessThanOrEqual(2);
          expect([...running.values()].reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(3);
          for (let turn = random(3); turn >= 0; turn -= 1) await new Promise(setImmediate);
          running.set(caller, (running.get(caller) as number) - 1);
          if (random(5) === 0) throw new Error('failed');
        };
        runs.push(slots.run(work, leaving.signal, caller));
      }
      const ends = await Promise.allSettled(runs);
      expect(
        ends
          .filter(({ status }) => status === 'rejected')
          .every((end) => /left|failed/.test(String((end as PromiseRejectedResult).reason))),
      ).toBe(true);
      expect(slots.waiting()).toBe(0);
    }
  });
});

/** Slots: the limit, the order, and callers that abort while they wait. */
import { describe, expect, test } from '@jest/globals';
import { createSlots } from '../../../common/prometheus/slots.ts';

const never = new AbortController().signal;

describe('createSlots', () => {
  test('runs at most `count` tasks at once, in the order of the calls', async () => {
    const slots = createSlots(2);
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
    const slots = createSlots(1);
    const failed = slots.run(() => Promise.reject(new Error('no')), never);
    const next = slots.run(() => Promise.resolve('next'), never);
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe('next');
  });

  test('a task that is aborted while it waits never runs and blocks no other task', async () => {
    const slots = createSlots(1);
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
    const slots = createSlots(1);
    await expect(slots.run(() => Promise.resolve(1), AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(await slots.run(() => Promise.resolve(2), never)).toBe(2);
  });
});

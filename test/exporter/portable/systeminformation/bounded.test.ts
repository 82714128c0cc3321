/** Calls that take too long: shared, limited, and their results cached. */
import { describe, expect, test } from '@jest/globals';
import { createBounded } from '../../../../exporter/portable/systeminformation/bounded.ts';
import { endsWithin } from '../../../support/ends-within.ts';

const limitMs = 20;

function createCase() {
  const calls: PromiseWithResolvers<string>[] = [];
  const clock = { ms: 0 };
  const call = (): Promise<string> => {
    const next = Promise.withResolvers<string>();
    calls.push(next);
    return next.promise;
  };
  const options = { name: 'information.mem', limitMs, freshMs: 600, maxAgeMs: 15_000, now: () => clock.ms };
  return { calls, clock, ask: createBounded(call, options) };
}

describe('a bounded call', () => {
  test('is shared by callers during the call and shortly after', async () => {
    const { calls, clock, ask } = createCase();
    const both = [ask(), ask()];
    calls[0]?.resolve('first');
    expect(await Promise.all(both)).toEqual(['first', 'first']);
    clock.ms = 599;
    expect(await ask()).toBe('first');
    expect(calls).toHaveLength(1);
    clock.ms = 600;
    const second = ask();
    calls[1]?.resolve('second');
    expect(await second).toBe('second');
  });

  test('fails at its limit; its late result serves the next late call up to the maximum age', async () => {
    const { calls, clock, ask } = createCase();
    await expect(ask()).rejects.toThrow('information.mem: no answer within 20 ms');
    calls[0]?.resolve('late');
    await calls[0]?.promise;
    clock.ms = 5_000;
    expect(await ask()).toBe('late');
    expect(calls).toHaveLength(2);
    clock.ms = 15_001;
    await expect(ask()).rejects.toThrow('no answer within');
  });

  test('that hangs is awaited once: no second call is started, and the next caller does not wait', async () => {
    const { calls, clock, ask } = createCase();
    await expect(ask()).rejects.toThrow('no answer');
    clock.ms = limitMs;
    const next = ask();
    expect(await endsWithin(limitMs / 2, next)).toBe(true);
    await expect(next).rejects.toThrow('no answer');
    expect(calls).toHaveLength(1);
  });

  test('that fails has a cause and is repeated', async () => {
    const { calls, ask } = createCase();
    const first = ask();
    calls[0]?.reject(new Error('no shell'));
    const error: unknown = await first.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: 'information.mem failed', cause: { message: 'no shell' } });
    const second = ask();
    calls[1]?.resolve('now');
    expect(await second).toBe('now');
  });
});

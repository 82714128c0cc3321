/** Tests the schedule of slow polls with an injected clock. */
import { expect, test } from '@jest/globals';
import { createSlowPoll } from '../../../exporter/collector/slow-poll.ts';

/** Creates a slow poll. The test resolves or rejects each poll, and advances the clock with `pass`. */
function open({ intervalMs = 10_000, maxAgeMs = 30_000, waitMs = 20 } = {}) {
  let timeMs = 0;
  const polls: PromiseWithResolvers<string>[] = [];
  const errors: unknown[] = [];
  const read = createSlowPoll({
    poll() {
      const poll = Promise.withResolvers<string>();
      polls.push(poll);
      return poll.promise;
    },
    intervalMs,
    waitMs,
    maxAgeMs,
    now: () => timeMs,
    onError: (error) => errors.push(error),
  });
  return { read, polls, errors, pass: (passedMs: number) => (timeMs += passedMs) };
}

test('the first read starts a poll and waits for it', async () => {
  const { read, polls } = open({ waitMs: 10_000 });
  const reading = read();
  polls[0]?.resolve('a');
  expect(await reading).toEqual({ value: 'a', ageSeconds: 0 });
  expect(polls).toHaveLength(1);
});

test('a read does not wait longer than `waitMs`, and starts no second poll while a poll runs', async () => {
  const { read, polls, pass } = open();
  expect(await read()).toBeUndefined();
  pass(60_000);
  expect(await read()).toBeUndefined();
  expect(polls).toHaveLength(1);
  polls[0]?.resolve('a');
  expect(await read()).toEqual({ value: 'a', ageSeconds: 0 });
});

test('between polls, reads return the last value and its age', async () => {
  const { read, polls, pass } = open();
  const reading = read();
  polls[0]?.resolve('a');
  await reading;
  pass(9_000);
  expect(await read()).toEqual({ value: 'a', ageSeconds: 9 });
  expect(polls).toHaveLength(1);
  pass(1_000);
  expect(await read()).toEqual({ value: 'a', ageSeconds: 10 });
  expect(polls).toHaveLength(2);
});

test('an error is reported, and reads return the last value until the value is older than `maxAgeMs`', async () => {
  const { read, polls, pass, errors } = open();
  const reading = read();
  polls[0]?.resolve('a');
  await reading;
  pass(20_000);
  const second = read();
  polls[1]?.reject(new Error('broken'));
  expect(await second).toEqual({ value: 'a', ageSeconds: 20 });
  expect(errors).toEqual([new Error('broken')]);
  pass(20_000);
  expect(await read()).toBeUndefined();
  expect(polls).toHaveLength(3);
});

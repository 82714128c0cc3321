/** The setting `escalations`: its forms, its printed form, and the place of every fault. */
import { expect, test } from '@jest/globals';
import { escalationsType } from '../../../alert-relay/settings/escalations-type.ts';

test('steps with their times', () => {
  const raw = {
    ops: [
      { after: '10m', channels: ['a'], unless: 'acknowledged' },
      { after: '1h', channels: ['b', 'c'] },
    ],
  };
  const value = {
    ops: [
      { afterMs: 600_000, channels: ['a'] },
      { afterMs: 3_600_000, channels: ['b', 'c'] },
    ],
  };
  expect(escalationsType.parse(raw)).toEqual({ value });
  expect(escalationsType.parse(escalationsType.print(value))).toEqual({ value });
});

const step = { after: '10m', channels: ['a'] };

test.each([
  [{ ops: [] }, ['ops'], 'at least one step'],
  [{ ops: [{ ...step, after: 'soon' }] }, ['ops', 0, 'after'], 'a duration from 1s to 30d, such as 10m'],
  [{ ops: [{ ...step, after: '31d' }] }, ['ops', 0, 'after'], 'a duration from 1s to 30d, such as 10m'],
  [{ ops: [step, { ...step, after: '10m' }] }, ['ops', 1, 'after'], /^more than 10m/],
  [{ ops: [{ ...step, channels: [] }] }, ['ops', 0, 'channels'], 'at least one channel'],
  [{ ops: [{ ...step, unless: 'resolved' }] }, ['ops', 0, 'unless'], 'acknowledged'],
  [{ ops: [{ ...step, chanels: ['a'] }] }, ['ops', 0, 'chanels'], 'a known key'],
  [{ 'o p s': [step] }, ['o p s'], /^a name of letters/],
])('%j: the fault is at its place', (raw, path, expected) => {
  expect(escalationsType.parse(raw)).toEqual({
    faults: [
      {
        path,
        expected: typeof expected === 'string' ? expected : expect.stringMatching(expected),
        got: expect.any(String),
      },
    ],
  });
});

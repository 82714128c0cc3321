/** Checks `check-series.ts` with series that break each rule of remote write. */
import { expect, test } from '@jest/globals';
import { checkSeries } from './check-series.ts';

const ok = [{ timestampMs: 1, value: 1, isStale: false }];
const late = [...ok, { timestampMs: 1, value: 2, isStale: false }];
test.each([
  [
    'order',
    [
      ['b', '1'],
      ['__name__', 'm'],
    ],
    ok,
    'the label __name__ is out of order',
  ],
  [
    'twice',
    [
      ['__name__', 'm'],
      ['a', '1'],
      ['a', '2'],
    ],
    ok,
    'the label a is there twice',
  ],
  [
    'empty value',
    [
      ['__name__', 'm'],
      ['a', ''],
    ],
    ok,
    'the label a is empty',
  ],
  [
    'empty name',
    [
      ['', 'x'],
      ['__name__', 'm'],
    ],
    ok,
    'a label without a name',
  ],
  ['no metric name', [['a', 'x']], ok, 'no __name__'],
  ['time', [['__name__', 'm']], late, '1 does not follow 1'],
] as const)('%s', (_, labels, samples, message) => {
  expect(() => checkSeries({ labels, samples })).toThrow(message);
});

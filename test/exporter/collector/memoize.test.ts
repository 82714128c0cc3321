/** Memoized functions of a name. */
import { expect, test } from '@jest/globals';
import { memoize } from '../../../exporter/collector/memoize.ts';

test('returns the same object for equal keys, undefined included', () => {
  let calls = 0;
  const labelsOf = memoize((device) => {
    calls++;
    return device === '' ? undefined : { device };
  });
  expect(labelsOf('sda')).toBe(labelsOf('sda'));
  expect([labelsOf(''), labelsOf('')]).toEqual([undefined, undefined]);
  expect(calls).toBe(2);
});

test('clears the cache when 2000 keys are in it', () => {
  const labelsOf = memoize((device) => ({ device }));
  const first = labelsOf('0');
  for (let key = 1; key < 2000; key++) labelsOf(String(key));
  expect(labelsOf('0')).toBe(first);
  labelsOf('2000');
  expect(labelsOf('0')).not.toBe(first);
  expect(labelsOf('0')).toEqual(first);
});

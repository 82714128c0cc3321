/** Caching of slow-changing readings. */
import { expect, test } from '@jest/globals';
import { cachedReading } from '../../../exporter/collector/cached-reading.ts';

test('reads again when the value is too old, the clock was set back, or the key changes', () => {
  let [timeMs, reads] = [1_000_000, 0];
  const read = cachedReading((key) => `${key}${++reads}`, { maxAgeMs: 60_000, now: () => timeMs });
  expect([read('a'), read('a')]).toEqual(['a1', 'a1']);
  timeMs += 60_000;
  expect(read('a')).toBe('a1');
  timeMs += 1;
  expect(read('a')).toBe('a2');
  timeMs -= 1;
  expect(read('a')).toBe('a3');
  expect([read('b'), read('a')]).toEqual(['b4', 'a5']);
});

test('does not cache errors', () => {
  let attempts = 0;
  const read = cachedReading(
    () => {
      if (++attempts === 1) throw new Error('no');
      return 'yes';
    },
    { maxAgeMs: 60_000, now: () => 0 },
  );
  expect(() => read()).toThrow('no');
  expect(read()).toBe('yes');
});

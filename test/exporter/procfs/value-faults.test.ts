import { expect, test } from '@jest/globals';
import { createValueFaults } from '../../../exporter/procfs/value-faults.ts';
import { createLogLines } from '../../support/log-lines.ts';

test('every fault is counted, and the first of each place is logged', () => {
  const logged = createLogLines();
  const faults = createValueFaults(logged.log);
  for (let scrape = 0; scrape < 3; scrape++) {
    faults.report('/sys/a', new Error('EIO'));
    faults.report('/sys/b', new Error(`got ${scrape}`));
  }
  expect(faults.count()).toBe(6);
  expect(logged.lines().map(({ place, reason }) => [place, reason])).toEqual([
    ['/sys/a', 'EIO'],
    ['/sys/b', 'got 0'],
  ]);
});

test('an attempt returns the value, or undefined after it reported the error', () => {
  const faults = createValueFaults(createLogLines().log);
  expect(faults.attempt('a', () => 1)).toBe(1);
  expect(
    faults.attempt('a', () => {
      throw new Error('x');
    }),
  ).toBeUndefined();
  expect(faults.count()).toBe(1);
});

test('the log is bounded when places never repeat', () => {
  const logged = createLogLines();
  const faults = createValueFaults(logged.log);
  for (let place = 0; place < 5_000; place++) faults.report(`/sys/${place}`, new Error('x'));
  expect(faults.count()).toBe(5_000);
  expect(logged.lines().length).toBe(1_000);
});

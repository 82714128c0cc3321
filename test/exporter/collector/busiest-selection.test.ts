/** Tests the selection of the busiest entities. */
import { describe, expect, test } from '@jest/globals';
import { type Activity, createBusiestSelection } from '../../../exporter/collector/busiest-selection.ts';

const minuteMs = 60_000;

/**
 * Creates a selection of at most `max` entities. Each entity uses CPU time at its rate in `rates`, in CPU seconds per second. `run` advances
 * the clock by `passedMs` and returns the names of the selected entities.
 */
function createLoad(max: number, rates: Record<string, number>) {
  let timeMs = 0;
  const seconds = new Map<string, number>();
  const select = createBusiestSelection({ max, now: () => timeMs });
  return {
    rates,
    run(passedMs: number): string[] {
      timeMs += passedMs;
      const activities = Object.entries(rates).map(([key, rate]): Activity => {
        const cpuSeconds = (seconds.get(key) ?? 0) + (rate * passedMs) / 1_000;
        seconds.set(key, cpuSeconds);
        return { key, cpuSeconds, memoryBytes: 0 };
      });
      return [...select(activities)].sort();
    },
  };
}

describe('the busiest entities', () => {
  test('are all entities when there are at most `max`', () => {
    expect(createLoad(3, { a: 0, b: 0, c: 0 }).run(minuteMs)).toEqual(['a', 'b', 'c']);
  });

  test('have the most CPU time at the first reading', () => {
    expect(createLoad(2, { a: 0.1, b: 5, c: 0.2 }).run(minuteMs)).toEqual(['b', 'c']);
  });

  test('have the most memory when no entity uses CPU', () => {
    const select = createBusiestSelection({ max: 1, now: () => 0 });
    const activity = (key: string, memoryBytes: number): Activity => ({ key, cpuSeconds: 0, memoryBytes });
    expect([...select([activity('a', 1), activity('b', 9), activity('c', 3)])]).toEqual(['b']);
  });

  test('stay selected for ten minutes when other entities become busier', () => {
    const load = createLoad(1, { a: 2, b: 1 });
    expect(load.run(minuteMs)).toEqual(['a']);
    Object.assign(load.rates, { a: 0, b: 9 });
    for (let minute = 1; minute < 10; minute++) expect(load.run(minuteMs)).toEqual(['a']);
    expect(load.run(minuteMs)).toEqual(['b']);
  });

  test('stay selected after ten minutes when other entities are only slightly busier', () => {
    const load = createLoad(1, { a: 1, b: 0.9 });
    expect(load.run(minuteMs)).toEqual(['a']);
    Object.assign(load.rates, { a: 0.9, b: 1 });
    for (let minute = 0; minute < 60; minute++) expect(load.run(minuteMs)).toEqual(['a']);
  });

  test('are replaced when they end', () => {
    const load = createLoad(1, { a: 2, b: 1 });
    expect(load.run(minuteMs)).toEqual(['a']);
    delete load.rates['a'];
    expect(load.run(minuteMs)).toEqual(['b']);
  });
});

/** Intervals as cron expressions, and runs that do not overlap. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { scheduleInterval, tryCronOf } from '../../../alert-relay/settings/schedule.ts';
import { createLog } from '../../../common/program/log.ts';
import { createSchedule } from '../../../common/program/schedule.ts';

describe('intervals', () => {
  test.each([
    ['1s', '*/1 * * * * *'],
    ['15s', '*/15 * * * * *'],
    ['1m', '0 * * * * *'],
    ['60s', '0 * * * * *'],
    ['5m', '0 */5 * * * *'],
    ['1h', '0 0 * * * *'],
  ])('%s', (text, expression) => {
    const parsed = scheduleInterval.parse(text);
    expect('value' in parsed && tryCronOf(parsed.value)).toBe(expression);
  });

  test.each(['7s', '90s', '7m', '2h', '1500ms', '0s', 'often'])('%s is rejected', (text) => {
    expect(scheduleInterval.parse(text)).toHaveProperty('faults');
  });
});

describe('createSchedule', () => {
  test('runs do not overlap, a failing run is logged, and stop waits for the current run', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const logged: string[] = [];
    const log = createLog({ level: 'info', format: 'logfmt', program: 't', write: (line) => void logged.push(line) });
    const schedule = createSchedule({
      name: 'work',
      expression: '* * * * * *',
      log,
      async task() {
        running += 1;
        runs += 1;
        most = Math.max(most, running);
        await sleep(1_300);
        running -= 1;
        throw new Error('no luck');
      },
    });
    schedule.start();
    await sleep(3_500);
    await schedule.stop();
    await schedule.stop();
    expect(running).toBe(0);
    expect(most).toBe(1);
    expect(runs).toBeGreaterThanOrEqual(1);
    expect(logged.filter((line) => line.includes('no luck'))).toHaveLength(runs);
    const before = runs;
    await sleep(1_200);
    expect(runs).toBe(before);
  }, 15_000);
});

/** Tests the time limit of work whose size depends on the host. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { createWorkBudget, OverBudgetError } from '../../../exporter/procfs/work-budget.ts';

const { signal } = new AbortController();

describe('a work budget', () => {
  test('returns the result of work within the limit', async () => {
    const budget = createWorkBudget({ subject: 'work', limitMs: 10_000, now: () => 0 });
    expect(
      await budget.run(signal, async (pause) => {
        await pause();
        return 7;
      }),
    ).toBe(7);
  });

  test('abandons work above the limit and starts no other for 100 times the limit', async () => {
    let timeMs = 1_000_000;
    let attempts = 0;
    const budget = createWorkBudget({ subject: 'work', limitMs: 20, now: () => timeMs });
    const endless = (pause: () => Promise<void> | undefined) => {
      attempts++;
      return (async () => {
        for (;;) await pause();
      })();
    };
    await expect(budget.run(signal, endless)).rejects.toBeInstanceOf(OverBudgetError);
    await expect(budget.run(signal, endless)).rejects.toThrow(
      'work: not read within 20 ms of CPU time; next attempt after 2 s',
    );
    expect(attempts).toBe(1);
    timeMs += 2_001;
    expect(await budget.run(signal, () => Promise.resolve('done'))).toBe('done');
    expect(await budget.run(signal, () => Promise.resolve('again'))).toBe('again');
  });

  test('work that waits is abandoned after ten times the limit of CPU time', async () => {
    const budget = createWorkBudget({ subject: 'work', limitMs: 50, now: () => 0 });
    const waitFor = (ms: number) => async (pause: () => Promise<void> | undefined) => {
      await sleep(ms);
      await pause();
      return 'done';
    };
    expect(await budget.run(signal, waitFor(100))).toBe('done');
    await expect(budget.run(signal, waitFor(550))).rejects.toBeInstanceOf(OverBudgetError);
  });

  test('lets the event loop run between steps', async () => {
    const budget = createWorkBudget({ subject: 'work', limitMs: 50_000, now: () => 0 });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    // Without a free event loop the timer never fires, and the work exceeds its limit.
    await budget.run(signal, async (pause) => {
      while (ticks < 10) await pause();
    });
    clearInterval(timer);
    expect(ticks).toBeGreaterThanOrEqual(10);
  });

  test('abandons work when the signal aborts', async () => {
    const budget = createWorkBudget({ subject: 'work', limitMs: 60_000, now: () => 0 });
    const work = budget.run(AbortSignal.abort(), async (pause) => {
      for (;;) await pause();
    });
    await expect(work).rejects.toBeInstanceOf(OverBudgetError);
  });
});

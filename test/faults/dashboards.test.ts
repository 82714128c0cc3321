/** Sends every query of every dashboard, over all points of 30 days of 20 hosts. Prints the samples that the most expensive query reads. */
import { expect, test } from '@jest/globals';
import { quickRanges } from '../../common/dashboard/conventions.ts';
import { rangeOf } from '../../console/dashboard/view-state.ts';
import { dashboards } from '../support/dashboards.ts';
import { startFleet } from '../support/fleet-queries.ts';
import { evaluate } from '../support/panel-answers.ts';

test(
  'none is empty, slow or too long, at any quick range',
  async () => {
    const fleet = await startFleet({ isFull: true });
    try {
      for (const { label, from } of quickRanges) {
        const range = rangeOf({ from, to: 'now' }, fleet.endMs);
        for (const dashboard of dashboards) {
          const beganMs = performance.now();
          const selection = await evaluate(fleet.url, dashboard, range);
          const { asked, faults, mostRead } = await fleet.check(dashboard, range, selection);
          const seconds = ((performance.now() - beganMs) / 1_000).toFixed(1);
          process.stderr.write(
            `${label}, ${dashboard.uid}: ${asked} queries in ${seconds} s, at most ${mostRead} samples read\n`,
          );
          expect(asked).toBeGreaterThanOrEqual(7);
          expect(faults).toEqual([]);
        }
      }
    } finally {
      await fleet.stop();
    }
  },
  60 * 60_000,
);

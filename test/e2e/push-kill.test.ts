/** kill -9 of the exporter while it pushes: every sample arrives, in order. `test/faults/` has fifty kills. */
import { expect, test } from '@jest/globals';
import { runPushKills } from '../support/push-kill-scenario.ts';

test('five kills while pushing to a receiver that fails at random', async () => {
  const { samples, instants } = await runPushKills({ protocol: 'remote_write', kills: 5, seed: 20_260_302 });
  expect(instants).toBeGreaterThanOrEqual(5);
  expect(samples).toBeGreaterThan(instants * 100);
});

/** Kills the retention job and its Prometheus, and runs two jobs at once. test/faults/ does so a hundred times. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTiersKillScenario, type TiersKillScenario, tierFaults } from '../support/tiers-kill-scenario.ts';

let scenario: TiersKillScenario;

beforeAll(async () => {
  scenario = await startTiersKillScenario(7);
});

afterAll(() => scenario.stop());

test.each(tierFaults)('%s: nothing is lost, it says so, and the next run ends well', async (fault) => {
  await scenario.round(fault);
  expect.hasAssertions();
});

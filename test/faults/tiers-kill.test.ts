/** Kills the retention job and its Prometheus, and runs two jobs at once, a hundred times. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTiersKillScenario, type TiersKillScenario, tierFaults } from '../support/tiers-kill-scenario.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const rounds = 100;
let scenario: TiersKillScenario;

beforeAll(async () => {
  process.stdout.write(`SEED=${seed}\n`);
  scenario = await startTiersKillScenario(seed);
});

afterAll(() => scenario.stop());

test(`${rounds} times, no sample is lost and the next run succeeds`, async () => {
  for (let at = 0; at < rounds; at += 1) await scenario.round(tierFaults[at % tierFaults.length] ?? 'job killed');
  expect.hasAssertions();
}, 3_600_000);

/** kill -9 of the relay under load: no accepted alert is lost or out of order, and duplicates are few. */
import { expect, test } from '@jest/globals';
import { runCrashes } from '../support/crash-scenario.ts';

test('ten kills while 200 alerts pass to two channels that fail at random', async () => {
  const kills = 10;
  const { duplicates, failures, lostAnswers } = await runCrashes({ alerts: 200, kills, seed: 20_260_301 });
  expect(failures).toBeGreaterThan(50);
  expect(lostAnswers).toBeGreaterThan(0);
  // A kill can hit one message in flight on each of the two channels after the receiver accepted it.
  expect(duplicates).toBeLessThanOrEqual(2 * kills + lostAnswers);
}, 180_000);

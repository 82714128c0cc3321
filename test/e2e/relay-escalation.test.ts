/** kill -9 of the relay between the steps of escalations: no step is lost, none comes early, and duplicates are few. */
import { expect, test } from '@jest/globals';
import { runEscalations } from '../support/escalation-scenario.ts';

test('six kills while 24 alerts escalate over four channels', async () => {
  const kills = 6;
  const { alerts, duplicates, latestMs } = await runEscalations({ kills, alertsPerKill: 4, seed: 20_260_301 });
  process.stdout.write(`${alerts} alerts, ${kills} kills: ${duplicates} duplicates, at most ${latestMs} ms late\n`);
  expect(alerts).toBe(24);
  // A kill can hit one message in flight on each of the four channels after the receiver accepted it.
  expect(duplicates).toBeLessThanOrEqual(4 * kills);
}, 220_000);

/** Kills the relay a hundred times during a thousand alerts. Prints the number of duplicate messages. */
import { expect, test } from '@jest/globals';
import { runCrashes } from '../support/crash-scenario.ts';

test(
  'a hundred kills while 1,000 alerts pass to two channels that fail at random',
  async () => {
    const kills = 100;
    const { duplicates, failures, lostAnswers } = await runCrashes({
      alerts: 1_000,
      kills,
      seed: Date.now() % 1_000_000,
    });
    process.stdout.write(
      `4,000 messages, ${kills} kills, ${failures} failed attempts, ${lostAnswers} lost answers, ${duplicates} told twice\n`,
    );
    expect(duplicates).toBeLessThanOrEqual(2 * kills + lostAnswers);
  },
  30 * 60_000,
);

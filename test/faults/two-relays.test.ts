/** Kills two relays on one PostgreSQL a hundred times during a thousand alerts. Prints the number of duplicate messages. */
import { expect, test } from '@jest/globals';
import { runCrashes } from '../support/crash-scenario.ts';
import { createPostgres } from '../support/postgres.ts';

test(
  'a hundred kills of two relays while 1,000 alerts pass to two channels that fail at random',
  async () => {
    const kills = 100;
    const postgres = await createPostgres();
    await postgres.start();
    try {
      const databaseUrl = await postgres.createDatabase('crashes');
      const seed = Date.now() % 1_000_000;
      const { duplicates, failures, lostAnswers, delivered } = await runCrashes({
        alerts: 1_000,
        kills,
        seed,
        databaseUrl,
      });
      process.stdout.write(
        `4,000 messages, ${kills} kills, ${failures} failed attempts, ${lostAnswers} lost answers, ${duplicates} told twice; by relay: ${delivered.join(', ')}\n`,
      );
      expect(duplicates).toBeLessThanOrEqual(2 * kills + lostAnswers);
      for (const messages of delivered) expect(messages).toBeGreaterThan(100);
    } finally {
      await postgres.remove();
    }
  },
  30 * 60_000,
);

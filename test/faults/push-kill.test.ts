/** Kills the exporter fifty times while it pushes to a receiver that fails at random. Prints the number of duplicates. */
import { expect, test } from '@jest/globals';
import { runPushKills } from '../support/push-kill-scenario.ts';

test.each(['remote_write', 'http'] as const)(
  'fifty kills, %s',
  async (protocol) => {
    const kills = 50;
    const seed = Date.now() % 1_000_000;
    const { samples, instants, failures, repeated } = await runPushKills({ protocol, kills, seed });
    process.stdout.write(
      `${protocol}, seed ${seed}: ${kills} kills, ${instants} due instants, ${samples} samples, ${failures} failed requests, ${repeated} samples came again, unchanged\n`,
    );
    expect(instants).toBeGreaterThan(kills / 2);
  },
  15 * 60_000,
);

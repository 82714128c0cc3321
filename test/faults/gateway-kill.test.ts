/** Kills gateway and Prometheus a hundred times under load. Prints the number of samples and the seed. */
import { expect, test } from '@jest/globals';
import { runGatewayKills } from '../support/gateway-kill-scenario.ts';

test(
  'a hundred kills while twelve hosts push',
  async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    const { samples, pushes, repeated, prometheusKills } = await runGatewayKills({ kills: 100, hosts: 12, seed });
    process.stdout.write(
      `seed ${seed}: ${samples} samples of ${pushes} pushes (${repeated} sent again) read back after 100 kills of the gateway and ${prometheusKills} of Prometheus\n`,
    );
    expect(samples).toBeGreaterThan(10_000);
  },
  60 * 60_000,
);

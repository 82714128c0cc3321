/**
 * Kills Prometheus repeatedly during head compactions; prints the number of samples and the seed. Prometheus loses acknowledged
 * out-of-order samples that are not in a block yet; the gateway writes them again.
 */
import { expect, test } from '@jest/globals';
import { runGatewayKills } from '../support/gateway-kill-scenario.ts';

test(
  'thirty kills of Prometheus in the midst of compactions',
  async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    const options = { kills: 30, hosts: 12, seed, prometheusShare: 1, blockDuration: '1m' };
    const { samples, pushes, prometheusKills } = await runGatewayKills(options);
    process.stdout.write(
      `seed ${seed}: ${samples} samples of ${pushes} pushes read back after ${prometheusKills} kills of Prometheus and the gateway\n`,
    );
    expect(samples).toBeGreaterThan(2_000);
  },
  30 * 60_000,
);

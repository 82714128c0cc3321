/** kill -9 of gateway and Prometheus under load: every sample answered with 2xx is in Prometheus. */
import { expect, test } from '@jest/globals';
import { runGatewayKills } from '../support/gateway-kill-scenario.ts';

test('six kills while six hosts push', async () => {
  const { samples, pushes, repeated, prometheusKills } = await runGatewayKills({
    kills: 6,
    hosts: 6,
    seed: 20_260_302,
  });
  expect(pushes).toBeGreaterThan(50);
  expect(samples).toBeGreaterThan(500);
  expect(repeated).toBeGreaterThan(0);
  expect(prometheusKills).toBeGreaterThan(0);
}, 240_000);

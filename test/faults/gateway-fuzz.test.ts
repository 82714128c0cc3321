/** Sends 100,000 hostile requests. Prints answers by status, the seed, memory, and the time of a normal push before and after. */
import { expect, test } from '@jest/globals';
import { normalPushMs, runFuzz } from '../support/fuzz-scenario.ts';
import { startGateway } from '../support/gateway.ts';

test(
  'hostile requests leave the gateway as it was',
  async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    const gateway = await startGateway({ collectRequestsPerMinute: 100_000 });
    try {
      await runFuzz(gateway, { requests: 2_000, seed: seed + 1 });
      const [beforeMs, beforeBytes] = [await normalPushMs(gateway), process.memoryUsage().rss];
      const { statuses } = await runFuzz(gateway, { requests: 100_000, seed });
      const [afterMs, afterBytes] = [await normalPushMs(gateway), process.memoryUsage().rss];
      const shown = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
      process.stdout.write(
        `seed ${seed}: ${shown.join(', ')}; a push ${beforeMs.toFixed(1)} ms before, ${afterMs.toFixed(1)} after; ` +
          `RSS ${(beforeBytes / 2 ** 20).toFixed(0)} MiB before, ${(afterBytes / 2 ** 20).toFixed(0)} after\n`,
      );
      expect(afterBytes - beforeBytes).toBeLessThan(512 * 2 ** 20);
    } finally {
      await gateway.stop();
    }
  },
  60 * 60_000,
);

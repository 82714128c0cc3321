/** Checks that a restart of Prometheus loses no sample. */
import { expect } from '@jest/globals';
import { storedSamples } from './counted-samples.ts';
import type { TierHarness } from './tier-harness.ts';

export interface RestartOptions {
  readonly signal: 'SIGTERM' | 'SIGKILL';
  /** The pushed samples, in the format of `identifySamples`. */
  readonly pushed: readonly string[];
  readonly pushedNames: readonly string[];
  readonly scrapedName: string;
  /** The time of the oldest pushed sample or before. */
  readonly fromMs: number;
  /** Called while Prometheus is stopped. Default: does nothing. */
  readonly beforeStart?: () => Promise<void>;
}

/**
 * Restarts Prometheus and prints the numbers of pushed, scraped and lost samples. Expects more than 60 scraped samples before the
 * restart, and every pushed and scraped sample after the restart.
 */
export async function expectNoLossByRestart(harness: TierHarness, options: RestartOptions): Promise<void> {
  const { signal, pushed, pushedNames, scrapedName, fromMs, beforeStart = async () => undefined } = options;
  const stored = (names: readonly string[]): Promise<readonly string[]> =>
    storedSamples(harness.connection, fromMs, names);
  const scraped = await stored([scrapedName]);
  expect(scraped.length).toBeGreaterThan(60);
  await harness.prometheus.stop(signal);
  await beforeStart();
  await harness.prometheus.start();
  const found = new Set(await stored([...pushedNames, scrapedName]));
  const lost = [pushed, scraped].map((samples) => samples.filter((sample) => !found.has(sample)).length);
  const counts = [pushed.length, scraped.length];
  process.stderr.write(`${signal}: of ${counts.join(' pushed and ')} scraped samples, ${lost.join(' and ')} lost\n`);
  expect({ signal, counts, lost }).toEqual({ signal, counts, lost: [0, 0] });
}

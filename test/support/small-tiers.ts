/** Creates rules and tiers like the product's on a shorter time scale, because a test cannot wait for five-minute points. */
import { type Matcher } from '../../common/catalogue/expression.ts';
import { renderSelector } from '../../common/catalogue/promql.ts';
import type { RollupTier } from '../../ingest-gateway/rollups/tier/rollup-tier.ts';

export interface SmallTiers {
  readonly tiers: readonly [RollupTier, RollupTier];
  /** The rule file, as JSON. */
  readonly rules: string;
}

export const smallFamilies = { counter: 'node_small_total', gauge: 'node_small_level' } as const;

/** More than the delay of a push on a busy machine. */
const offsetSamples = 10;

/** Returns two tiers, with windows of 10 and 50 samples, over one counter and one gauge; `[65s] offset 15s` becomes 11 samples and an offset of 10. */
export function smallTiers(sampleMs: number): SmallTiers {
  const tier = (name: '1m' | '5m', samples: number): RollupTier => ({
    name,
    stepMs: samples * sampleMs,
    offsetMs: offsetSamples * sampleMs,
    rollups: [
      {
        name: `instance:small_rate:avg${name}`,
        families: [smallFamilies.counter],
        isBounded: false,
        reachMs: (samples + 1 + offsetSamples) * sampleMs,
        expression: (matchers) =>
          `sum without (cpu) (rate(${select(smallFamilies.counter, matchers)}[${(samples + 1) * sampleMs}ms] offset ${offsetSamples * sampleMs}ms))`,
      },
      {
        name: `instance:small_level:avg${name}`,
        families: [smallFamilies.gauge],
        isBounded: false,
        reachMs: (samples + 1 + offsetSamples) * sampleMs,
        expression: (matchers) =>
          `avg_over_time(${select(smallFamilies.gauge, matchers)}[${samples * sampleMs}ms] offset ${offsetSamples * sampleMs}ms)`,
      },
    ],
  });
  const tiers = [tier('1m', 10), tier('5m', 50)] as const;
  const groups = tiers.map(({ name, stepMs, rollups }) => ({
    name: `small-${name}`,
    interval: `${stepMs}ms`,
    rules: rollups.map((rollup) => ({ record: rollup.name, expr: rollup.expression([]) })),
  }));
  return { tiers: [tiers[0], tiers[1]], rules: JSON.stringify({ groups }) };
}

function select(family: string, matchers: readonly Matcher[]): string {
  return renderSelector(family, matchers);
}

/** The recorded series for repair: each one's expression and the range of samples that a point reads. */
import { familiesOf } from '../../../common/catalogue/expression.ts';
import { metrics } from '../../../common/catalogue/index.ts';
import type { Matcher } from '../../../common/catalogue/matcher.ts';
import type { CatalogueMetric } from '../../../common/catalogue/metric.ts';
import { instantRateSeconds, sampleIntervalSeconds } from '../../../common/catalogue/promql.ts';
import { recordingExpressionOf, recordingOffsetSeconds } from '../../../common/catalogue/queries.ts';
import {
  type Operation,
  operationsOf,
  type RecordedTierName,
  recordedTierNames,
  recordingName,
  tierByName,
} from '../../../common/catalogue/tiers.ts';

export interface Rollup {
  readonly name: string;
  /** The raw families that the expression reads; without a sample of any of them there is no point. */
  readonly families: readonly string[];
  /** Returns the rule's expression with the matchers added to each selector. */
  expression(matchers: readonly Matcher[]): string;
  /** A point at T reads no sample before T - reachMs. */
  readonly reachMs: number;
}

/** The recorded series of one rule group, which share a grid. */
export interface RollupTier {
  readonly name: RecordedTierName;
  readonly stepMs: number;
  /** A point at T reads no sample after T - offsetMs. */
  readonly offsetMs: number;
  readonly rollups: readonly [Rollup, ...Rollup[]];
}

/** Prometheus' lookback: an ended gauge still counts in a maximum for this long. */
const lookbackSeconds = 300;

/** Returns the tiers that the rules record, finest first. */
export function catalogueTiers(): readonly RollupTier[] {
  return recordedTierNames.map((tier) => {
    const rollups = metrics.flatMap((metric) =>
      operationsOf(metric).map((operation) => ({
        name: recordingName(metric, operation, tier),
        families: familiesRead(metric),
        reachMs: reachMs(operation, tier),
        expression: (matchers: readonly Matcher[]) => recordingExpressionOf({ metric, operation, tier, matchers }),
      })),
    );
    return {
      name: tier,
      stepMs: tierByName(tier).stepMs,
      offsetMs: recordingOffsetSeconds * 1_000,
      rollups: rollups as [Rollup, ...Rollup[]],
    };
  });
}

function reachMs(operation: Operation, tier: RecordedTierName): number {
  const readSeconds = { avg: sampleIntervalSeconds, max: Math.max(instantRateSeconds, lookbackSeconds) }[operation];
  return tierByName(tier).stepMs + (recordingOffsetSeconds + readSeconds) * 1_000;
}

/** Returns the raw tier: the exported and pushed families that the catalogue reads. */
export function rawFamilies(): readonly string[] {
  return [...new Set(metrics.flatMap(familiesRead))].sort();
}

function familiesRead({ exported, pushed }: CatalogueMetric): readonly string[] {
  return [...familiesOf(exported), ...familiesOf(pushed)];
}

/** Returns a selector of all recorded series of the tier. */
export function selectorOf({ rollups }: RollupTier): string {
  return `{__name__=~"${rollups.map(({ name }) => name).join('|')}"}`;
}

/** The recorded series as repair sees them: what each evaluates, on which grid, and how far back it looks. */
import { familiesOf } from '../../common/catalogue/expression.ts';
import { metrics } from '../../common/catalogue/index.ts';
import type { Matcher } from '../../common/catalogue/matcher.ts';
import type { CatalogueMetric } from '../../common/catalogue/metric.ts';
import { instantRateSeconds, sampleIntervalSeconds } from '../../common/catalogue/promql.ts';
import { recordingExpressionOf, recordingOffsetSeconds } from '../../common/catalogue/queries.ts';
import {
  type Operation,
  operationsOf,
  type RecordedTierName,
  recordedTierNames,
  recordingName,
  tierByName,
} from '../../common/catalogue/tiers.ts';

export interface Rollup {
  readonly name: string;
  /** All that the expression reads: without a sample of any there is no point. */
  readonly families: readonly string[];
  /** The rule's expression, its selectors narrowed. */
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

/** Prometheus' lookback: a level that ended still counts in a maximum for so long. */
const lookbackSeconds = 300;

/** All that the rules record, finest first. */
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

/** The raw families that the catalogue reads, exported and pushed: the raw tier. */
export function rawFamilies(): readonly string[] {
  return [...new Set(metrics.flatMap(familiesRead))].sort();
}

function familiesRead({ exported, pushed }: CatalogueMetric): readonly string[] {
  return [...familiesOf(exported), ...familiesOf(pushed)];
}

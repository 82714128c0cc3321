/**
 * The recorded tiers for repair: the expression of each series, the range of samples that a point reads, and the grid of the points.
 */
import type { Matcher } from '../../../common/catalogue/expression.ts';
import {
  allMetrics,
  type CatalogueMetric,
  metrics,
  operationsOf,
  recordingName,
} from '../../../common/catalogue/metrics.ts';
import {
  recordingExpression,
  recordingOffsetSeconds,
  sampleIntervalSeconds,
  shortestRateSeconds,
} from '../../../common/catalogue/promql.ts';
import {
  type Operation,
  type RecordedTierName,
  recordedTierNames,
  tierByName,
} from '../../../common/catalogue/tiers.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { queryInstant } from '../../../common/prometheus/query.ts';

export interface Rollup {
  readonly name: string;
  /** The raw families that the expression reads; without a sample of any of them there is no point. */
  readonly families: readonly string[];
  /** Whether only the largest series of a host are recorded: a series may be among them in one tier and not in another. */
  readonly isBounded: boolean;
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
    const { stepMs } = tierByName(tier);
    const rollups = allMetrics.flatMap((metric) =>
      operationsOf(metric).map((operation) => ({
        name: recordingName(metric, operation, tier),
        families: familiesRead(metric),
        isBounded: metric.top !== undefined,
        reachMs: reachMs(operation, stepMs),
        expression: (matchers: readonly Matcher[]) => recordingExpression(metric, operation, { stepMs }, { matchers }),
      })),
    );
    return {
      name: tier,
      stepMs,
      offsetMs: recordingOffsetSeconds * 1_000,
      rollups: rollups as [Rollup, ...Rollup[]],
    };
  });
}

function reachMs(operation: Operation, stepMs: number): number {
  const readSeconds = {
    avg: sampleIntervalSeconds,
    max: Math.max(shortestRateSeconds(sampleIntervalSeconds), lookbackSeconds),
  }[operation];
  return stepMs + (recordingOffsetSeconds + readSeconds) * 1_000;
}

/**
 * Returns the metric families of the raw tier: those that the metrics of every host read, under their exported and their pushed names.
 * Dashboards of other programs, such as cAdvisor, read the families of workload metrics: those are not deleted.
 */
export function rawFamilies(): readonly string[] {
  return [...new Set(metrics.flatMap(familiesRead))].sort();
}

function familiesRead({ exportedFamilies, pushedFamily }: CatalogueMetric): readonly string[] {
  return [...exportedFamilies, pushedFamily];
}

/** Returns a selector of all recorded series of the tier. */
export function selectorOf({ rollups }: RollupTier): string {
  return `{__name__=~"${rollups.map(({ name }) => name).join('|')}"}`;
}

/**
 * The grid of a rule group: its points are at multiples of the step plus a phase, which Prometheus derives from the group's
 * name and file path. Recomputed points must be on the same grid as recorded ones.
 */
export interface Grid {
  readonly stepMs: number;
  readonly phaseMs: number;
}

/** Returns the grid that contains the time. */
export function gridThrough(timeMs: number, stepMs: number): Grid {
  return { stepMs, phaseMs: ((timeMs % stepMs) + stepMs) % stepMs };
}

/** Returns the last point at or before the time. */
export function lastPoint(grid: Grid, timeMs: number): number {
  return Math.floor((timeMs - grid.phaseMs) / grid.stepMs) * grid.stepMs + grid.phaseMs;
}

/** Returns the first point at or after the time. */
export function firstPoint(grid: Grid, timeMs: number): number {
  return Math.ceil((timeMs - grid.phaseMs) / grid.stepMs) * grid.stepMs + grid.phaseMs;
}

export interface GridQuery {
  readonly tier: RollupTier;
  /** Times near which to look for a point, tried in this order: the grid changes when the rule file's path does. */
  readonly nearMs: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

/** Just less than Prometheus' lookback: while a 5-minute point is being evaluated, the last one may be older than that. */
const lookbackMs = 295_000;

/** Returns the tier's grid, or undefined when no rule has a recorded point near any of the times. Throws a `PrometheusError`. */
export async function tryTierGrid(
  prometheus: PrometheusConnection,
  { tier, nearMs, signal }: GridQuery,
): Promise<Grid | undefined> {
  // `timestamp` drops the name, so a single selector over all names would give duplicate label sets, which Prometheus refuses.
  const expression = tier.rollups.map(({ name }) => `max(timestamp(${name}))`).join(' or ');
  for (const timeMs of [...nearMs, ...nearMs.map((each) => each - lookbackMs)]) {
    const [newest] = await queryInstant(prometheus, { expression, timeMs, signal });
    if (newest !== undefined) return gridThrough(Math.round(newest.value * 1_000), tier.stepMs);
  }
  return undefined;
}

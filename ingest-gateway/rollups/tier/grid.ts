/**
 * The grid of a rule group: its points are at multiples of the step plus a phase, which Prometheus derives from the group's
 * name and file path. Recomputed points must be on the same grid as recorded ones.
 */
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { queryInstant } from '../../../common/prometheus/query.ts';
import type { RollupTier } from './rollups.ts';

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

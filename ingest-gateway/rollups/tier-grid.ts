/** Finds the grid of a tier around a window: old and recomputed points must not interleave. */
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { queryInstant } from '../../common/prometheus/query.ts';
import { type Grid, gridThrough } from './grid.ts';
import type { RollupTier } from './rollups.ts';

export interface GridQuestion {
  readonly tier: RollupTier;
  /** Tried in this order: the grid changes with the rule file's path, so the nearest point tells. */
  readonly nearMs: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

/** Just less than Prometheus': while the next 5-minute point is being evaluated, the last one may be older than that. */
const lookbackMs = 295_000;

/** Undefined when the rules have recorded nothing yet at any of the times. Throws a `PrometheusError`. */
export async function tryTierGrid(
  prometheus: PrometheusConnection,
  { tier, nearMs, signal }: GridQuestion,
): Promise<Grid | undefined> {
  // One selector over all names would be refused: `timestamp` drops the name, and labels would be there twice.
  const expression = tier.rollups.map(({ name }) => `max(timestamp(${name}))`).join(' or ');
  for (const timeMs of [...nearMs, ...nearMs.map((each) => each - lookbackMs)]) {
    const [newest] = await queryInstant(prometheus, { expression, timeMs, signal });
    if (newest !== undefined) return gridThrough(Math.round(newest.value * 1_000), tier.stepMs);
  }
  return undefined;
}

/** All recorded series of the tier. */
export function selectorOf({ rollups }: RollupTier): string {
  return `{__name__=~"${rollups.map(({ name }) => name).join('|')}"}`;
}

/** Checks that samples are in a coarser tier before retention deletes them. */
import { matcher, renderSelector } from '../../../common/catalogue/promql.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { queryInstant, queryLabelValues, queryRange, queryRaw } from '../../../common/prometheus/query.ts';
import { keyOf } from '../repair/recomputed-points.ts';
import type { Repair } from '../repair/repair.ts';
import { firstPoint, lastPoint, type RollupTier, tryTierGrid } from '../tier/rollup-tier.ts';
import { replaceNothing } from '../tier/tier-store.ts';

/** One host and one UTC day, or the part of the day that is old enough. */
export interface HostDay {
  readonly host: string;
  readonly startMs: number;
  /** Excluded. */
  readonly endMs: number;
}

export interface CoverageRequest {
  readonly day: HostDay;
  readonly tier: RollupTier;
  /** `add` adds missing points first. */
  readonly mode: 'add' | 'look';
  readonly signal?: AbortSignal | undefined;
}

/** Returns undefined when the tier covers the day, otherwise the reason. Throws a `PrometheusError`. */
export type CoverageCheck = (request: CoverageRequest) => Promise<string | undefined>;

/** For raw samples: every point that can be computed from them is recorded. Wrong values are left to the sweep, which ran before. */
export function createRawCheck(repair: Repair): CoverageCheck {
  return async ({ day, tier, mode, signal }) => {
    const { host, startMs, endMs } = day;
    const window = { hosts: [host], fromMs: startMs, toMs: endMs - 1 } as const;
    const outcome = await repair.run({ tier, window, mode, signal, rawHorizonMs: replaceNothing });
    if (outcome.kind === 'later') return outcome.reason;
    return outcome.report.remaining === 0
      ? undefined
      : `${outcome.report.remaining} points of ${tier.name} are missing`;
  };
}

export interface RecordedCheckOptions {
  readonly prometheus: PrometheusConnection;
  readonly finer: RollupTier;
  readonly rest: (elapsedMs: number) => Promise<void>;
  readonly now: () => number;
}

/**
 * For recorded points: where finer points fill a whole step of the coarser tier, the coarser tier has a point. Bounded rollups are left
 * out: each tier has the series that are the largest in its own steps.
 */
export function createRecordedCheck({ prometheus, finer, rest, now }: RecordedCheckOptions): CoverageCheck {
  return async ({ day, tier, signal }) => {
    const grid = await tryTierGrid(prometheus, { tier, nearMs: [day.endMs, day.startMs, now()], signal });
    if (grid === undefined) return `no recorded point of ${tier.name} near the day`;
    // A finer point in the first finer step of a window is computed partly from samples before the window.
    const insideMs = tier.stepMs - finer.stepMs;
    const range = {
      startMs: firstPoint(grid, day.startMs + tier.stepMs),
      endMs: lastPoint(grid, day.endMs - 1),
      signal,
    };
    if (range.endMs < range.startMs) return undefined;
    let missing = 0;
    const matchers = [matcher('instance', day.host)];
    const named = { label: '__name__', selector: renderSelector('', matchers), startMs: day.startMs, endMs: day.endMs };
    const names = new Set(await queryLabelValues(prometheus, { ...named, signal }));
    for (const [index, rollup] of finer.rollups.entries()) {
      const coarser = tier.rollups[index];
      if (coarser === undefined) throw new Error(`${tier.name} has no rollup beside ${rollup.name}`);
      if (rollup.isBounded || !names.has(rollup.name)) continue;
      const beganMs = performance.now();
      const expression = `count_over_time(${renderSelector(rollup.name, matchers)}[${insideMs}ms])`;
      const expected = await queryRange(prometheus, { ...range, expression, stepMs: tier.stepMs, caches: 'bypass' });
      if (expected.length > 0) {
        const actual = await queryRaw(prometheus, { ...range, selector: renderSelector(coarser.name, matchers) });
        missing += missingInstants(expected, actual);
      }
      await rest(performance.now() - beganMs);
    }
    return missing === 0 ? undefined : `${missing} points of ${tier.name} are missing`;
  };
}

type Series = Awaited<ReturnType<typeof queryRaw>>;

function missingInstants(expected: Series, actual: Series): number {
  const recorded = new Map(
    actual.map(({ labels, points }) => [keyOf(labels), new Set(points.map(([timeMs]) => timeMs))]),
  );
  return expected.reduce(
    (sum, { labels, points }) =>
      sum + points.filter(([timeMs]) => recorded.get(keyOf(labels))?.has(timeMs) !== true).length,
    0,
  );
}

/** Returns how many matching series have a sample within the range. */
export async function countSeries(
  prometheus: PrometheusConnection,
  { selector, startMs, endMs, signal }: Omit<HostDay, 'host'> & { selector: string; signal?: AbortSignal | undefined },
): Promise<number> {
  // last_over_time keeps the metric name; count_over_time drops it, and series of different names would collide.
  const expression = `count(last_over_time(${selector}[${endMs - 1 - startMs}ms]))`;
  const [count] = await queryInstant(prometheus, { expression, timeMs: endMs - 1, signal });
  return count?.value ?? 0;
}

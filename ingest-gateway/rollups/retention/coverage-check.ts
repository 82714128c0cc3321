/** Whether what is about to be deleted is in the coarser tiers. */
import { matcher, renderSelector } from '../../../common/catalogue/matcher.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { queryInstant, queryRange, queryRaw } from '../../../common/prometheus/query.ts';
import { queryLabelValues } from '../../prometheus/storage.ts';
import { firstPoint, lastPoint } from '../grid.ts';
import type { Repair } from '../repair/repair.ts';
import type { RollupTier } from '../rollups.ts';
import { tryTierGrid } from '../tier-grid.ts';

/** A host and a day, or what of it is old enough. */
export interface HostDay {
  readonly host: string;
  readonly startMs: number;
  /** Excluded. */
  readonly endMs: number;
}

export interface ProofRequest {
  readonly day: HostDay;
  readonly tier: RollupTier;
  /** `write` first adds points that are missing. */
  readonly mode: 'write' | 'look';
  readonly signal?: AbortSignal | undefined;
}

/** Undefined when it is proven, else why not. Throws a `PrometheusError`. */
export type Proof = (request: ProofRequest) => Promise<string | undefined>;

/** Raw samples: every point that they still give is recorded. A wrong one is not held against them: repair was before. */
export function rawProof(repair: Repair): Proof {
  return async ({ day, tier, mode, signal }) => {
    const { host, startMs, endMs } = day;
    const window = { host, fromMs: startMs, toMs: endMs - 1 };
    const outcome = await repair.run({ tier, window, mode, signal, intactFromMs: Number.MAX_SAFE_INTEGER });
    if (outcome.kind === 'later') return outcome.reason;
    return outcome.report.remaining === 0
      ? undefined
      : `${outcome.report.remaining} points of ${tier.name} are missing`;
  };
}

export interface RecordedProofOptions {
  readonly prometheus: PrometheusConnection;
  readonly finer: RollupTier;
  readonly rest: (elapsedMs: number) => Promise<void>;
  readonly now: () => number;
}

/** Recorded points: where a whole window of the coarser tier has finer points, the coarser one has its own. */
export function recordedProof({ prometheus, finer, rest, now }: RecordedProofOptions): Proof {
  return async ({ day, tier, signal }) => {
    const grid = await tryTierGrid(prometheus, { tier, nearMs: [day.endMs, day.startMs, now()], signal });
    if (grid === undefined) return `no point of ${tier.name} tells where its grid lies`;
    // Finer points of the first step of a window also tell of what lies before it.
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
      if (!names.has(rollup.name)) continue;
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
  const keyOf = (labels: Readonly<Record<string, string>>): string =>
    JSON.stringify(
      Object.entries(labels)
        .filter(([label]) => label !== '__name__')
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  const known = new Map(actual.map(({ labels, points }) => [keyOf(labels), new Set(points.map(([timeMs]) => timeMs))]));
  return expected.reduce(
    (sum, { labels, points }) =>
      sum + points.filter(([timeMs]) => known.get(keyOf(labels))?.has(timeMs) !== true).length,
    0,
  );
}

/** Series that match and have a sample within the day. */
export async function countSeries(
  prometheus: PrometheusConnection,
  { selector, startMs, endMs, signal }: Omit<HostDay, 'host'> & { selector: string; signal?: AbortSignal | undefined },
): Promise<number> {
  // Unlike count_over_time this keeps the names, without which series of different names would collide.
  const expression = `count(last_over_time(${selector}[${endMs - 1 - startMs}ms]))`;
  const [count] = await queryInstant(prometheus, { expression, timeMs: endMs - 1, signal });
  return count?.value ?? 0;
}

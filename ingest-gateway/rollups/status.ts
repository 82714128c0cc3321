/** The state of each tier for `hostpulse tiers status`: range, series, samples a day, missing and wrong points. */
import { renderSelector } from '../../common/catalogue/promql.ts';
import type { TierName } from '../../common/catalogue/tiers.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { queryInstant } from '../../common/prometheus/query.ts';
import type { Repair } from './repair/repair.ts';
import { countSeries } from './retention/coverage-check.ts';
import { type RollupTier, rawFamilies } from './tier/rollup-tier.ts';
import { replaceNothing } from './tier/tier-store.ts';

export interface TierStatus {
  readonly tier: TierName;
  /** Absent for an empty tier. */
  readonly oldestMs?: number;
  readonly newestMs?: number;
  /** Series with a sample within the last day. */
  readonly series: number;
  readonly samplesLastDay: number;
  /** Missing points of the last day that raw samples give. Absent for raw samples, and where the rules recorded no point yet. */
  readonly holes?: number;
  /** Points of the last day with another value than raw samples give. Absent also where the backend cannot replace points. */
  readonly wrong?: number;
}

export interface StatusOptions {
  readonly prometheus: PrometheusConnection;
  readonly repair: Repair;
  readonly tiers: readonly RollupTier[];
  /** From `readRawHorizon`; undefined where the backend cannot replace points. */
  readonly rawHorizonMs: number | undefined;
  readonly nowMs: number;
}

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const horizonMs = 40 * dayMs;

/** Returns a row for raw samples and one for each recorded tier. Throws a `PrometheusError`. */
export async function readTierStatus(options: StatusOptions): Promise<readonly TierStatus[]> {
  const { repair, tiers, rawHorizonMs = replaceNothing, nowMs } = options;
  const rows: TierStatus[] = [await statusOf('raw', rawFamilies(), options)];
  for (const tier of tiers) {
    const window = { fromMs: nowMs - dayMs, toMs: nowMs };
    const outcome = await repair.run({ tier, window, rawHorizonMs, mode: 'look' });
    const names = tier.rollups.map(({ name }) => name);
    const row = await statusOf(tier.name, names, options);
    if (outcome.kind === 'later') rows.push(row);
    else {
      const { missing, wrong } = outcome.report;
      rows.push({ ...row, holes: missing, ...(rawHorizonMs === replaceNothing ? {} : { wrong }) });
    }
  }
  return rows;
}

async function statusOf(
  tier: TierName,
  names: readonly string[],
  { prometheus, nowMs }: StatusOptions,
): Promise<TierStatus> {
  const selector = renderSelector('', [{ label: '__name__', operator: '=~', value: names.join('|') }]);
  let samples = 0;
  for (const name of names) {
    const [count] = await queryInstant(prometheus, { expression: `sum(count_over_time(${name}[1d]))`, timeMs: nowMs });
    samples += count?.value ?? 0;
  }
  const oldestMs = await tryEdge(prometheus, { selector, nowMs, edge: 'oldest' });
  const newestMs = await tryEdge(prometheus, { selector, nowMs, edge: 'newest' });
  return {
    tier,
    ...(oldestMs === undefined ? {} : { oldestMs }),
    ...(newestMs === undefined ? {} : { newestMs }),
    series: await countSeries(prometheus, { selector, startMs: nowMs - dayMs, endMs: nowMs + 1 }),
    samplesLastDay: samples,
  };
}

interface EdgeQuery {
  readonly selector: string;
  readonly nowMs: number;
  readonly edge: 'oldest' | 'newest';
}

/** Returns the time of the oldest or newest sample, to the second: finds its day first, then its hour, minute and second. */
async function tryEdge(
  prometheus: PrometheusConnection,
  { selector, nowMs, edge }: EdgeQuery,
): Promise<number | undefined> {
  let range = { startMs: nowMs + 1 - horizonMs, endMs: nowMs + 1 };
  for (const lengthMs of [dayMs, hourMs, minuteMs, secondMs]) {
    const found = await tryPart(lengthMs);
    if (found === undefined) return undefined;
    range = found;
  }
  return range.startMs;

  async function tryPart(lengthMs: number): Promise<typeof range | undefined> {
    const count = Math.ceil((range.endMs - range.startMs) / lengthMs);
    for (let at = 0; at < count; at += 1) {
      const startMs = range.startMs + (edge === 'oldest' ? at : count - 1 - at) * lengthMs;
      const part = { startMs, endMs: Math.min(range.endMs, startMs + lengthMs) };
      if ((await countSeries(prometheus, { selector, ...part })) > 0) return part;
    }
    return undefined;
  }
}

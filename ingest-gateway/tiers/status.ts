/** What each tier holds: oldest and newest point, series, samples a day, and how many points a healthy tier would have besides. */
import { renderSelector } from '../../common/catalogue/matcher.ts';
import { type TierName, tierByName } from '../../common/catalogue/tiers.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { queryInstant } from '../../common/prometheus/query.ts';
import { countSeries } from './proof.ts';
import type { Repair } from './repair.ts';
import { type RollupTier, rawFamilies } from './rollups.ts';

export interface TierStatus {
  readonly tier: TierName;
  /** Absent for an empty tier. */
  readonly oldestMs?: number;
  /** Absent when there was none within the last five minutes. */
  readonly newestMs?: number;
  /** With a sample within the last day. */
  readonly series: number;
  readonly samplesLastDay: number;
  /** Of recorded tiers: points of the last day that raw samples give and that are missing or wrong; absent when it cannot be told. */
  readonly holes?: number;
}

export interface StatusOptions {
  readonly prometheus: PrometheusConnection;
  readonly repair: Repair;
  readonly tiers: readonly RollupTier[];
  readonly nowMs: number;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** Throws a `PrometheusError`. */
export async function readTierStatus(options: StatusOptions): Promise<readonly TierStatus[]> {
  const { repair, tiers, nowMs } = options;
  const rows: TierStatus[] = [await statusOf('raw', rawFamilies(), options)];
  for (const tier of tiers) {
    const window = { fromMs: nowMs - dayMs, toMs: nowMs };
    const looked = await repair.run({ tier, window, intactFromMs: nowMs - dayMs, mode: 'look' });
    const names = tier.rollups.map(({ name }) => name);
    const row = await statusOf(tier.name, names, options);
    rows.push(looked.kind === 'done' ? { ...row, holes: looked.report.remaining } : row);
  }
  return rows;
}

async function statusOf(
  tier: TierName,
  names: readonly string[],
  { prometheus, nowMs }: StatusOptions,
): Promise<TierStatus> {
  const selector = renderSelector('', [{ label: '__name__', operator: '=~', value: names.join('|') }]);
  const lastDay = { selector, startMs: nowMs - dayMs, endMs: nowMs + 1 };
  let samples = 0;
  let newestMs: number | undefined;
  for (const name of names) {
    const [count] = await queryInstant(prometheus, { expression: `sum(count_over_time(${name}[1d]))`, timeMs: nowMs });
    samples += count?.value ?? 0;
    if (count === undefined) continue;
    const expression = `max(timestamp(${name}))`;
    const [newest] = await queryInstant(prometheus, { expression, timeMs: nowMs });
    if (newest !== undefined) newestMs = Math.max(newestMs ?? 0, Math.round(newest.value * 1_000));
  }
  const oldestMs = await tryOldest(prometheus, { selector, stepMs: tierByName(tier).stepMs, nowMs });
  return {
    tier,
    ...(oldestMs === undefined ? {} : { oldestMs }),
    ...(newestMs === undefined ? {} : { newestMs }),
    series: await countSeries(prometheus, lastDay),
    samplesLastDay: samples,
  };
}

/** To a minute: the first day with samples, then the first hour of it, then the first minute. */
async function tryOldest(
  prometheus: PrometheusConnection,
  { selector, stepMs, nowMs }: { readonly selector: string; readonly stepMs: number; readonly nowMs: number },
): Promise<number | undefined> {
  let range = { startMs: nowMs - 40 * dayMs, endMs: nowMs };
  for (const lengthMs of [dayMs, hourMs, Math.max(60_000, stepMs)]) {
    const found = await firstPart(lengthMs);
    if (found === undefined) return undefined;
    range = found;
  }
  return range.startMs;

  async function firstPart(lengthMs: number): Promise<typeof range | undefined> {
    for (let startMs = range.startMs; startMs < range.endMs; startMs += lengthMs) {
      const part = { startMs, endMs: Math.min(range.endMs, startMs + lengthMs) };
      if ((await countSeries(prometheus, { selector, ...part })) > 0) return part;
    }
    return undefined;
  }
}

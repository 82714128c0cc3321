/** What each tier holds: oldest and newest point, series, samples a day, and how many points a healthy tier would have besides. */
import { renderSelector } from '../../common/catalogue/matcher.ts';
import type { TierName } from '../../common/catalogue/tiers.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { queryInstant } from '../../common/prometheus/query.ts';
import type { Repair } from './repair/repair.ts';
import { countSeries } from './retention/coverage-check.ts';
import { type RollupTier, rawFamilies } from './rollups.ts';

export interface TierStatus {
  readonly tier: TierName;
  /** Absent for an empty tier. */
  readonly oldestMs?: number;
  readonly newestMs?: number;
  /** With a sample within the last day. */
  readonly series: number;
  readonly samplesLastDay: number;
  /** Of recorded tiers: points of the last day that raw samples give and that are missing; absent when it cannot be told. */
  readonly holes?: number;
  /** Those that are there with another value; absent as well where the backend replaces none. */
  readonly wrong?: number;
}

export interface StatusOptions {
  readonly prometheus: PrometheusConnection;
  readonly repair: Repair;
  readonly tiers: readonly RollupTier[];
  /** From when on raw samples are whole; undefined where the backend replaces no point. */
  readonly intactFromMs: number | undefined;
  readonly nowMs: number;
}

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const horizonMs = 40 * dayMs;

/** Throws a `PrometheusError`. */
export async function readTierStatus(options: StatusOptions): Promise<readonly TierStatus[]> {
  const { repair, tiers, intactFromMs, nowMs } = options;
  const rows: TierStatus[] = [await statusOf('raw', rawFamilies(), options)];
  for (const tier of tiers) {
    const window = { fromMs: nowMs - dayMs, toMs: nowMs };
    const looked = await repair.run({
      tier,
      window,
      intactFromMs: intactFromMs ?? Number.MAX_SAFE_INTEGER,
      mode: 'look',
    });
    const names = tier.rollups.map(({ name }) => name);
    const row = await statusOf(tier.name, names, options);
    if (looked.kind === 'later') rows.push(row);
    else {
      const { missing, wrong } = looked.report;
      rows.push({ ...row, holes: missing, ...(intactFromMs === undefined ? {} : { wrong }) });
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

interface EdgeQuestion {
  readonly selector: string;
  readonly nowMs: number;
  readonly edge: 'oldest' | 'newest';
}

/** To a second: the first (or last) day with samples, then such an hour of it, and so on. */
async function tryEdge(
  prometheus: PrometheusConnection,
  { selector, nowMs, edge }: EdgeQuestion,
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

/**
 * Deletes samples beyond the retention of their tier, host by host and day by day. Each day is repaired and checked for coverage
 * in the coarser tiers first, and counted again afterwards. A killed run has deleted only covered days; the next run continues.
 */
import { matcher, renderSelector } from '../../../common/catalogue/promql.ts';
import type { Log } from '../../../common/program/log.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { queryLabelValues } from '../../../common/prometheus/query.ts';
import type { Database } from '../../../common/store/schema.ts';
import { deleteSeries, tryBlockBytes } from '../../prometheus/admin.ts';
import type { Repair } from '../repair/repair.ts';
import { type RollupTier, selectorOf } from '../tier/rollup-tier.ts';
import { advanceTierTime } from '../tier/tier-store.ts';
import { type Cleaning, cleanWhereSafe } from './clean-guard.ts';
import { countSeries, createRawCheck, createRecordedCheck, type HostDay } from './coverage-check.ts';
import { type PrunedTier, type RetentionPeriods, retentionPlan } from './retention-plan.ts';

export interface PruneRequest {
  /** `look` reports what would be deleted and changes nothing. */
  readonly mode: 'delete' | 'look';
  readonly signal?: AbortSignal | undefined;
}

export interface DayReport extends HostDay {
  readonly tier: PrunedTier['name'];
  readonly series: number;
  readonly fate:
    | 'deleted'
    /** Deleted although not covered, after two more days: a stray series must not fill the disk. */
    | 'given up'
    /** Not covered. */
    | 'kept'
    /** Not covered, and from before the first rollup: kept until Prometheus' own retention deletes it. */
    | 'older than the rollups'
    /** Prometheus deletes late samples only once they are in a block; the next run tries again. */
    | 'pending compaction';
  readonly reason?: string;
}

export interface PruneReport {
  readonly days: readonly DayReport[];
  /** Absent where the backend exposes no such metric. */
  readonly bytesBefore?: number | undefined;
  readonly bytesAfter?: number | undefined;
  /** Whether tombstones were cleaned; absent in mode `look`. */
  readonly cleaning?: Cleaning | undefined;
  readonly durationMs: number;
}

export interface Retention {
  /** Throws a `PrometheusError`, or the signal's reason. */
  prune(request: PruneRequest): Promise<PruneReport>;
}

export interface RetentionOptions {
  readonly prometheus: PrometheusConnection;
  readonly repair: Repair;
  readonly tiers: readonly [RollupTier, ...RollupTier[]];
  readonly periods: RetentionPeriods;
  readonly db: Database;
  readonly log: Log;
  readonly now: () => number;
  readonly rest: (elapsedMs: number) => Promise<void>;
}

const dayMs = 86_400_000;
/** Prometheus keeps no sample longer. */
const horizonDays = 31;
/** How long a day that is not covered is kept beyond the retention of its tier. */
const uncoveredMs = 2 * dayMs;

export function createRetention(options: RetentionOptions): Retention {
  const { prometheus, repair, tiers, periods, db, log, now, rest } = options;

  async function prune({ mode, signal }: PruneRequest): Promise<PruneReport> {
    const beganMs = now();
    const bytesBefore = await tryBlockBytes(prometheus, signal);
    const plan = retentionPlan(periods, tiers);
    const firstRecordedMs = await firstRecorded(beganMs, signal);
    const days: DayReport[] = [];
    for (const tier of plan) {
      const before = days.length;
      for (const day of await daysOf(tier, beganMs, signal)) {
        const report = await pruneDay({ tier, day, plan, mode, signal, nowMs: beganMs, firstRecordedMs });
        if (report === undefined) continue;
        days.push(report);
        logDay(report);
      }
      const all = days.slice(before);
      const gone = all.filter(({ fate }) => fate === 'deleted' || fate === 'given up').length;
      const seconds = (now() - beganMs) / 1_000;
      log.info(mode === 'look' ? 'examined a tier' : 'pruned a tier', {
        tier: tier.name,
        days: all.length,
        gone,
        seconds,
      });
    }
    // Also when this run deleted nothing: an earlier run may have been killed between a deletion and its cleaning.
    const cleaning = mode === 'delete' ? await clean(signal) : undefined;
    const bytesAfter = await tryBlockBytes(prometheus, signal);
    return { days, bytesBefore, bytesAfter, cleaning, durationMs: now() - beganMs };
  }

  async function clean(signal: AbortSignal | undefined): Promise<Cleaning> {
    const cleaning = await cleanWhereSafe({ prometheus, db, signal });
    if (cleaning.kind === 'skipped')
      log.warn('tombstones not cleaned: deleted samples keep their space until Prometheus compacts their blocks', {
        reason: cleaning.reason,
      });
    return cleaning;
  }

  /** Returns the hosts of each day that is old enough, oldest first. The last day may be partial. */
  async function daysOf(tier: PrunedTier, nowMs: number, signal: AbortSignal | undefined): Promise<HostDay[]> {
    const days: HostDay[] = [];
    const cutoffMs = nowMs - tier.keepMs;
    const selector = renderSelector('', tier.matchers);
    for (let startMs = utcDay(nowMs - horizonDays * dayMs); startMs < cutoffMs; startMs += dayMs) {
      const endMs = Math.min(startMs + dayMs, cutoffMs);
      const range = { label: 'instance', selector, startMs, endMs: endMs - 1, signal };
      for (const host of [...(await queryLabelValues(prometheus, range)), '']) days.push({ host, startMs, endMs });
    }
    return days;
  }

  interface DayRequest {
    readonly tier: PrunedTier;
    readonly day: HostDay;
    readonly plan: readonly PrunedTier[];
    readonly mode: PruneRequest['mode'];
    readonly signal: AbortSignal | undefined;
    readonly nowMs: number;
    readonly firstRecordedMs: number;
  }

  async function pruneDay(request: DayRequest): Promise<DayReport | undefined> {
    const { tier, day, mode, signal, nowMs } = request;
    const selector = renderSelector('', [...tier.matchers, matcher('instance', day.host)]);
    const series = await countSeries(prometheus, { selector, ...rangeOf(day), signal });
    if (series === 0) return undefined;
    const report = { tier: tier.name, ...day, series };
    const reason = await whyUncovered(request);
    if (reason !== undefined && day.startMs < request.firstRecordedMs)
      return { ...report, fate: 'older than the rollups', reason };
    if (reason !== undefined && day.endMs > nowMs - tier.keepMs - uncoveredMs)
      return { ...report, fate: 'kept', reason };
    const gone = reason === undefined ? ({ fate: 'deleted' } as const) : ({ fate: 'given up', reason } as const);
    if (mode === 'look') return { ...report, ...gone };
    if (tier.name === 'raw') await advanceTierTime(db, { name: 'raw_deleted_until', timeMs: day.endMs });
    await deleteSeries(prometheus, { selectors: [selector], startMs: day.startMs, endMs: day.endMs - 1, signal });
    const left = await countSeries(prometheus, { selector, ...rangeOf(day), signal });
    return left === 0 ? { ...report, ...gone } : { ...report, series: left, fate: 'pending compaction' };
  }

  /** Returns undefined when every tier that outlives the day covers it, otherwise the reason. */
  async function whyUncovered({ tier, day, plan, mode, signal, nowMs }: DayRequest): Promise<string | undefined> {
    const finer = tiers.find(({ name }) => name === tier.name);
    const check = finer === undefined ? createRawCheck(repair) : createRecordedCheck({ prometheus, finer, rest, now });
    for (const name of tier.coveredBy) {
      const coarser = tiers.find((each) => each.name === name);
      const keepMs = plan.find((each) => each.name === name)?.keepMs ?? Infinity;
      if (coarser === undefined || day.endMs <= nowMs - keepMs) continue;
      const reason = await check({ day, tier: coarser, mode: mode === 'look' ? 'look' : 'add', signal });
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  /** Returns the end of the day in which the coarsest tier begins. */
  async function firstRecorded(nowMs: number, signal: AbortSignal | undefined): Promise<number> {
    const selector = selectorOf(tiers.at(-1) ?? tiers[0]);
    for (let startMs = utcDay(nowMs - horizonDays * dayMs); startMs < nowMs; startMs += dayMs) {
      const count = await countSeries(prometheus, { selector, startMs, endMs: startMs + dayMs, signal });
      // At the horizon, Prometheus may have deleted earlier points.
      if (count > 0) return startMs <= nowMs - (horizonDays - 2) * dayMs ? startMs : startMs + dayMs;
    }
    return nowMs;
  }

  function logDay({ fate, tier, host, startMs, endMs, reason }: DayReport): void {
    const fields = { tier, host, from: iso(startMs), to: iso(endMs), reason };
    if (fate === 'deleted') log.debug('deleted a day that coarser tiers cover', fields);
    else if (fate === 'given up')
      log.error('deleted a day that no coarser tier covers, two days after its retention', fields);
    else log.warn(`not deleted (${fate})`, fields);
  }

  return { prune };
}

/** Returns the start of the UTC day. */
function utcDay(timeMs: number): number {
  return Math.floor(timeMs / dayMs) * dayMs;
}

function rangeOf({ startMs, endMs }: HostDay): { readonly startMs: number; readonly endMs: number } {
  return { startMs, endMs };
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

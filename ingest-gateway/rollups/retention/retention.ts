/**
 * Deletes what is older than its tier is kept, host by host and day by day: repaired and proven first, counted again
 * afterwards. Killed anywhere it has deleted only what was proven, and the next run goes on.
 */
import { matcher, renderSelector } from '../../../common/catalogue/matcher.ts';
import type { Log } from '../../../common/program/log.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import type { Database } from '../../../common/store/schema.ts';
import { deleteSeries } from '../../prometheus/admin.ts';
import { queryLabelValues, tryBlockBytes } from '../../prometheus/storage.ts';
import type { Repair } from '../repair/repair.ts';
import type { RollupTier } from '../rollups.ts';
import { selectorOf } from '../tier-grid.ts';
import { advanceTierTime } from '../tier-state.ts';
import { type Cleaning, cleanWhereSafe } from './clean-guard.ts';
import { countSeries, type HostDay, type Proof, rawProof, recordedProof } from './coverage-check.ts';
import { type PrunedKind, type RetentionPeriods, retentionPlan } from './retention-plan.ts';

export interface PruneRequest {
  /** `look` says what would go, and changes nothing. */
  readonly mode: 'delete' | 'look';
  readonly signal?: AbortSignal | undefined;
  readonly onDay?: (day: DayReport) => void;
}

export interface DayReport extends HostDay {
  readonly kind: PrunedKind['name'];
  readonly series: number;
  readonly fate:
    | 'deleted'
    /** Not proven, and kept too long: one stray series must not fill the disk. */
    | 'given up'
    /** Not proven. */
    | 'kept'
    /** Not proven, and from before the first rollup: kept until Prometheus' own retention takes it. */
    | 'older than the rollups'
    /** Late samples that Prometheus deletes only once they are in a block; tried again by the next run. */
    | 'pending compaction';
  readonly reason?: string;
}

export interface PruneReport {
  readonly days: readonly DayReport[];
  /** Absent where the backend does not tell. */
  readonly bytesBefore?: number | undefined;
  readonly bytesAfter?: number | undefined;
  /** Whether the space of deleted samples was given back; absent in mode `look`. */
  readonly cleaning?: Cleaning | undefined;
  readonly durationMs: number;
}

export interface Retention {
  /** Throws when Prometheus does not answer, or the signal is aborted. */
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
  /** Prometheus' own, where it can be read: without it nothing is cleaned before Prometheus 2.53. */
  readonly prometheusDataDirectory?: string | undefined;
}

const dayMs = 86_400_000;
/** As far back as Prometheus keeps anything. */
const horizonDays = 31;
/** Beyond its tier's retention, for what cannot be proven. */
const unprovenMs = 2 * dayMs;

export function createRetention(options: RetentionOptions): Retention {
  const { prometheus, repair, tiers, periods, db, log, now, rest } = options;

  async function prune({ mode, signal, onDay }: PruneRequest): Promise<PruneReport> {
    const beganMs = now();
    const bytesBefore = await tryBlockBytes(prometheus, signal);
    const plan = retentionPlan(periods, tiers);
    const firstRecordedMs = await firstRecorded(beganMs, signal);
    const days: DayReport[] = [];
    for (const kind of plan) {
      const before = days.length;
      for (const day of await daysOf(kind, beganMs, signal)) {
        const report = await pruneDay({ kind, day, plan, mode, signal, nowMs: beganMs, firstRecordedMs });
        if (report === undefined) continue;
        days.push(report);
        onDay?.(report);
        tell(report);
      }
      const all = days.slice(before);
      const gone = all.filter(({ fate }) => fate === 'deleted' || fate === 'given up').length;
      const seconds = (now() - beganMs) / 1_000;
      log.info(`${mode === 'look' ? 'looked at' : 'went through'} a tier`, {
        tier: kind.name,
        days: all.length,
        gone,
        seconds,
      });
    }
    // Even when this run deleted nothing: an earlier one may have died between a deletion and this.
    const cleaning = mode === 'delete' ? await clean(signal) : undefined;
    const bytesAfter = await tryBlockBytes(prometheus, signal);
    return { days, bytesBefore, bytesAfter, cleaning, durationMs: now() - beganMs };
  }

  async function clean(signal: AbortSignal | undefined): Promise<Cleaning> {
    const cleaning = await cleanWhereSafe({ prometheus, dataDirectory: options.prometheusDataDirectory, signal });
    if (cleaning.kind === 'skipped')
      log.warn('tombstones not cleaned: deleted samples keep their space until Prometheus compacts their blocks', {
        reason: cleaning.reason,
      });
    return cleaning;
  }

  /** The hosts of each day that is old enough, oldest first; the first and the last may be parts. */
  async function daysOf(kind: PrunedKind, nowMs: number, signal: AbortSignal | undefined): Promise<HostDay[]> {
    const days: HostDay[] = [];
    const cutoffMs = nowMs - kind.keepMs;
    const selector = renderSelector('', kind.matchers);
    for (let startMs = utcDay(nowMs - horizonDays * dayMs); startMs < cutoffMs; startMs += dayMs) {
      const endMs = Math.min(startMs + dayMs, cutoffMs);
      const range = { label: 'instance', selector, startMs, endMs: endMs - 1, signal };
      for (const host of [...(await queryLabelValues(prometheus, range)), '']) days.push({ host, startMs, endMs });
    }
    return days;
  }

  interface DayRequest {
    readonly kind: PrunedKind;
    readonly day: HostDay;
    readonly plan: readonly PrunedKind[];
    readonly mode: PruneRequest['mode'];
    readonly signal: AbortSignal | undefined;
    readonly nowMs: number;
    readonly firstRecordedMs: number;
  }

  async function pruneDay(request: DayRequest): Promise<DayReport | undefined> {
    const { kind, day, mode, signal, nowMs } = request;
    const selector = renderSelector('', [...kind.matchers, matcher('instance', day.host)]);
    const series = await countSeries(prometheus, { selector, ...rangeOf(day), signal });
    if (series === 0) return undefined;
    const report = { kind: kind.name, ...day, series };
    const reason = await unproven(request);
    if (reason !== undefined && day.startMs < request.firstRecordedMs)
      return { ...report, fate: 'older than the rollups', reason };
    if (reason !== undefined && day.endMs > nowMs - kind.keepMs - unprovenMs)
      return { ...report, fate: 'kept', reason };
    const gone = reason === undefined ? ({ fate: 'deleted' } as const) : ({ fate: 'given up', reason } as const);
    if (mode === 'look') return { ...report, ...gone };
    if (kind.name === 'raw') await advanceTierTime(db, { name: 'raw_deleted_until', timeMs: day.endMs });
    await deleteSeries(prometheus, { selectors: [selector], startMs: day.startMs, endMs: day.endMs - 1, signal });
    const left = await countSeries(prometheus, { selector, ...rangeOf(day), signal });
    return left === 0 ? { ...report, ...gone } : { ...report, series: left, fate: 'pending compaction' };
  }

  /** Why the day may not go; undefined when every tier that outlives it has what can be computed of it. */
  async function unproven({ kind, day, plan, mode, signal, nowMs }: DayRequest): Promise<string | undefined> {
    for (const name of kind.provenBy) {
      const tier = tiers.find((each) => each.name === name);
      const keepMs = plan.find((each) => each.name === name)?.keepMs ?? Infinity;
      if (tier === undefined || day.endMs <= nowMs - keepMs) continue;
      const prove = proofOf(kind);
      const reason = await prove({ day, tier, mode: mode === 'look' ? 'look' : 'write', signal });
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  function proofOf({ name }: PrunedKind): Proof {
    const finer = tiers.find((tier) => tier.name === name);
    return finer === undefined ? rawProof(repair) : recordedProof({ prometheus, finer, rest, now });
  }

  /** The end of the day in which the coarsest tier begins. */
  async function firstRecorded(nowMs: number, signal: AbortSignal | undefined): Promise<number> {
    const selector = selectorOf(tiers.at(-1) ?? tiers[0]);
    for (let startMs = utcDay(nowMs - horizonDays * dayMs); startMs < nowMs; startMs += dayMs) {
      const count = await countSeries(prometheus, { selector, startMs, endMs: startMs + dayMs, signal });
      // At the horizon it may as well be that Prometheus deleted what was before.
      if (count > 0) return startMs <= nowMs - (horizonDays - 2) * dayMs ? startMs : startMs + dayMs;
    }
    return nowMs;
  }

  function tell({ fate, kind, host, startMs, endMs, reason }: DayReport): void {
    const fields = { tier: kind, host, from: iso(startMs), to: iso(endMs), reason };
    if (fate === 'deleted') log.debug('deleted what is in coarser tiers', fields);
    else if (fate === 'given up') log.error('deleted what no coarser tier has: it was kept for two days more', fields);
    else log.warn(`not deleted (${fate})`, fields);
  }

  return { prune };
}

/** Days are UTC. */
function utcDay(timeMs: number): number {
  return Math.floor(timeMs / dayMs) * dayMs;
}

function rangeOf({ startMs, endMs }: HostDay): { readonly startMs: number; readonly endMs: number } {
  return { startMs, endMs };
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

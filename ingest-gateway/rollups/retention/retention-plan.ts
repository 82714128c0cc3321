/** The retention plan: which series are deleted, beyond which age, and which tiers must cover them first. */
import type { Matcher } from '../../../common/catalogue/expression.ts';
import { type RecordedTierName, tierByName } from '../../../common/catalogue/tiers.ts';
import { type RollupTier, rawFamilies } from '../tier/rollup-tier.ts';

export interface RetentionPeriods {
  readonly rawMs: number;
  readonly minuteMs: number;
  /** Absent: Prometheus' own retention deletes them. */
  readonly fiveMinutesMs?: number | undefined;
  readonly otherMs?: number | undefined;
  /** How late samples may arrive. Raw samples are kept at least this long, so that rollups can be repaired with late ones. */
  readonly lateMs: number;
}

export interface PrunedTier {
  readonly name: 'raw' | RecordedTierName | 'other';
  /** All but the host's matcher. */
  readonly matchers: readonly Matcher[];
  readonly keepMs: number;
  /** Recorded tiers that must have the points before the samples are deleted. */
  readonly coveredBy: readonly RecordedTierName[];
}

/** The longest rollup window and its delays, rounded up: a repair reads a late sample together with the samples around it. */
const marginMs = 600_000;

/** Prometheus refuses a selector without a matcher that excludes the empty value. */
const anyName = { label: '__name__', operator: '=~', value: '.+' } as const;

/** Returns how long raw samples are kept at least. */
export function keepRawMs({ rawMs, lateMs }: RetentionPeriods): number {
  return lateMs === 0 ? rawMs : Math.max(rawMs, lateMs + marginMs);
}

/** Returns the tiers to prune, in the order in which to prune them. */
export function retentionPlan(periods: RetentionPeriods, tiers: readonly RollupTier[]): readonly PrunedTier[] {
  const names = (tier: RecordedTierName): readonly string[] =>
    tiers.filter(({ name }) => name === tier).flatMap(({ rollups }) => rollups.map(({ name }) => name));
  const named = (list: readonly string[], operator: '=~' | '!~' = '=~') => [
    { label: '__name__', operator, value: list.join('|') } as const,
  ];
  const all = [...rawFamilies(), ...names('1m'), ...names('5m'), 'ALERTS', 'ALERTS_FOR_STATE'];
  const { rawMs, minuteMs, fiveMinutesMs, otherMs } = periods;
  return [
    { name: 'raw', matchers: named(rawFamilies()), keepMs: keepRawMs(periods), coveredBy: ['1m', '5m'] },
    { name: '1m', matchers: named(names('1m')), keepMs: Math.max(minuteMs, rawMs), coveredBy: ['5m'] },
    ...(fiveMinutesMs === undefined
      ? []
      : [{ name: '5m' as const, matchers: named(names('5m')), keepMs: fiveMinutesMs, coveredBy: [] }]),
    ...(otherMs === undefined
      ? []
      : [{ name: 'other' as const, matchers: [anyName, ...named(all, '!~')], keepMs: otherMs, coveredBy: [] }]),
  ];
}

/** The default retention of the tiers. */
export const defaultPeriods = {
  rawMs: tierByName('raw').retentionMs,
  minuteMs: tierByName('1m').retentionMs,
} as const;

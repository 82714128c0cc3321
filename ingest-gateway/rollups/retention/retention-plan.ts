/** What the retention job may delete: which series, beyond which age, and what must be proven first. */
import type { Matcher } from '../../../common/catalogue/matcher.ts';
import { type RecordedTierName, tierByName } from '../../../common/catalogue/tiers.ts';
import { type RollupTier, rawFamilies } from '../rollups.ts';

export interface RetentionPeriods {
  readonly rawMs: number;
  readonly minuteMs: number;
  /** Absent: those go with Prometheus' own retention. */
  readonly fiveMinutesMs?: number | undefined;
  readonly otherMs?: number | undefined;
  /** How late samples may come; raw ones are kept for so long, or what comes late could not be worked into rollups. */
  readonly lateMs: number;
}

export interface PrunedKind {
  readonly name: 'raw' | RecordedTierName | 'other';
  /** Without the host. */
  readonly matchers: readonly Matcher[];
  readonly keepMs: number;
  /** Recorded tiers that must hold what is deleted. */
  readonly provenBy: readonly RecordedTierName[];
}

/** The longest rollup window and its delays, rounded up: a late sample is read with its neighbours. */
const marginMs = 600_000;

/** Prometheus refuses a selector that an empty label set would match. */
const anyName = { label: '__name__', operator: '=~', value: '.+' } as const;

/** How long raw samples are kept at least. */
export function keepRawMs({ rawMs, lateMs }: RetentionPeriods): number {
  return lateMs === 0 ? rawMs : Math.max(rawMs, lateMs + marginMs);
}

export function retentionPlan(periods: RetentionPeriods, tiers: readonly RollupTier[]): readonly PrunedKind[] {
  const names = (tier: RecordedTierName): readonly string[] =>
    tiers.filter(({ name }) => name === tier).flatMap(({ rollups }) => rollups.map(({ name }) => name));
  const named = (list: readonly string[], operator: '=~' | '!~' = '=~') => [
    { label: '__name__', operator, value: list.join('|') } as const,
  ];
  const all = [...rawFamilies(), ...names('1m'), ...names('5m'), 'ALERTS', 'ALERTS_FOR_STATE'];
  const { rawMs, minuteMs, fiveMinutesMs, otherMs } = periods;
  return [
    { name: 'raw', matchers: named(rawFamilies()), keepMs: keepRawMs(periods), provenBy: ['1m', '5m'] },
    { name: '1m', matchers: named(names('1m')), keepMs: Math.max(minuteMs, rawMs), provenBy: ['5m'] },
    ...(fiveMinutesMs === undefined
      ? []
      : [{ name: '5m' as const, matchers: named(names('5m')), keepMs: fiveMinutesMs, provenBy: [] }]),
    ...(otherMs === undefined
      ? []
      : [{ name: 'other' as const, matchers: [anyName, ...named(all, '!~')], keepMs: otherMs, provenBy: [] }]),
  ];
}

/** The tiers' periods as the product has them by default. */
export const defaultPeriods = {
  rawMs: tierByName('raw').retentionMs,
  minuteMs: tierByName('1m').retentionMs,
} as const;

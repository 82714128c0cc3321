/** Defines the three tiers, raw, 1m and 5m: the step and retention of each tier, and the operations that recording rules store. */

export type TierName = 'raw' | '1m' | '5m';
export type RecordedTierName = Exclude<TierName, 'raw'>;
export type Operation = 'avg' | 'max';

export interface Tier {
  readonly name: TierName;
  readonly stepMs: number;
  readonly retentionMs: number;
}

const secondMs = 1000;
const hourMs = 3600 * secondMs;

/** Finest first. */
export const tiers: readonly [Tier, Tier, Tier] = [
  { name: 'raw', stepMs: 5 * secondMs, retentionMs: 24 * hourMs },
  { name: '1m', stepMs: 60 * secondMs, retentionMs: 7 * 24 * hourMs },
  { name: '5m', stepMs: 300 * secondMs, retentionMs: 30 * 24 * hourMs },
];

export const recordedTierNames: readonly RecordedTierName[] = ['1m', '5m'];

export function tierByName(name: TierName): Tier {
  const [raw, minute, fiveMinutes] = tiers;
  return { raw, '1m': minute, '5m': fiveMinutes }[name];
}

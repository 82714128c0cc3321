/** What a repair found and did, in points. */
import type { RefusalReason } from '../../forward/remote-write-client.ts';
import type { Difference } from './difference.ts';

export interface RepairReport {
  /** Recorded names compared, once for each chunk of time. */
  rollups: number;
  missing: number;
  wrong: number;
  /** Still missing or wrong afterwards, refused ones included. */
  remaining: number;
  /** Points that can never be stored, by Prometheus' reason. */
  readonly refused: Map<RefusalReason, number>;
}

export function emptyReport(): RepairReport {
  return { rollups: 0, missing: 0, wrong: 0, remaining: 0, refused: new Map() };
}

export function addCounts(report: RepairReport, found: readonly Difference[]): void {
  for (const { points } of found) for (const { kind } of points) report[kind] += 1;
}

/** Adds one report to another. */
export function addReport(to: RepairReport, other: RepairReport): void {
  to.rollups += other.rollups;
  to.missing += other.missing;
  to.wrong += other.wrong;
  to.remaining += other.remaining;
  for (const [reason, count] of other.refused) to.refused.set(reason, (to.refused.get(reason) ?? 0) + count);
}

/** Points that are there now and were not, or not right, before. */
export function repaired({ missing, wrong, remaining }: RepairReport): number {
  return missing + wrong - remaining;
}

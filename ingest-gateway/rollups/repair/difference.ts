/** Compares the points that the rules should have recorded with the points that are stored, and counts the differences. */
import type { RangeSeries, SeriesLabels } from '../../../common/prometheus/query.ts';
import type { RefusalReason } from '../../forward/remote-write-client.ts';

export interface Difference {
  readonly labels: SeriesLabels;
  /** The points to write, in time order. A value may be NaN. */
  readonly points: readonly DifferentPoint[];
}

export interface DifferentPoint {
  readonly timeMs: number;
  readonly value: number;
  readonly kind: 'missing' | 'wrong';
}

/** More than two evaluations of the same samples can differ by. */
const tolerance = 1e-9;

/**
 * Returns what to write so that every expected point is stored; the labels have the recorded name. A stored point that is not
 * expected is no difference: its raw samples may be deleted.
 */
export function differences(
  name: string,
  { expected, actual }: { readonly expected: readonly RangeSeries[]; readonly actual: readonly RangeSeries[] },
): readonly Difference[] {
  const stored = new Map(actual.map(({ labels, points }) => [keyOf(labels), new Map(points)]));
  return expected.flatMap(({ labels, points }) => {
    const storedPoints = stored.get(keyOf(labels));
    const different = points.flatMap(([timeMs, value]): DifferentPoint[] => {
      const storedValue = storedPoints?.get(timeMs);
      if (storedValue === undefined) return [{ timeMs, value, kind: 'missing' }];
      return isSame(storedValue, value) ? [] : [{ timeMs, value, kind: 'wrong' }];
    });
    return different.length === 0 ? [] : [{ labels: { ...labels, __name__: name }, points: different }];
  });
}

/** Relative tolerance, absolute below 1: a difference of two values has the error of its operands. */
function isSame(one: number, other: number): boolean {
  if (Object.is(one, other)) return true;
  return Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(one), Math.abs(other));
}

/** Returns a key of all labels except the name, which the result of an expression lacks. */
export function keyOf(labels: SeriesLabels): string {
  const pairs = Object.entries(labels).filter(([label]) => label !== '__name__');
  return JSON.stringify(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The result of a repair, in points. */
export interface RepairReport {
  /** Recorded names compared, once for each chunk of time. */
  rollups: number;
  missing: number;
  wrong: number;
  /** Still missing or wrong after the repair; includes refused and inexact points. */
  remaining: number;
  /** Wrong points that were not deleted because no selector matches their series alone. */
  inexact: number;
  /** Points that can never be stored, by Prometheus' reason. */
  readonly refused: Map<RefusalReason, number>;
}

export function emptyReport(): RepairReport {
  return { rollups: 0, missing: 0, wrong: 0, remaining: 0, inexact: 0, refused: new Map() };
}

export function addCounts(report: RepairReport, found: readonly Difference[]): void {
  for (const { points } of found) for (const { kind } of points) report[kind] += 1;
}

/** Adds `other` to `report`. */
export function addReport(report: RepairReport, other: RepairReport): void {
  for (const count of ['rollups', 'missing', 'wrong', 'remaining', 'inexact'] as const) report[count] += other[count];
  addRefused(report, other.refused);
}

export function addRefused({ refused }: RepairReport, more: ReadonlyMap<RefusalReason, number>): void {
  for (const [reason, count] of more) refused.set(reason, (refused.get(reason) ?? 0) + count);
}

/** Returns the points that were added or corrected. */
export function repaired({ missing, wrong, remaining }: RepairReport): number {
  return missing + wrong - remaining;
}

/** What the rules should have written against what is there. */
import type { RangeSeries, SeriesLabels } from '../../../common/prometheus/query.ts';

export interface Difference {
  readonly labels: SeriesLabels;
  /** To be written, in time order; NaN as such. */
  readonly points: readonly DifferentPoint[];
}

export interface DifferentPoint {
  readonly timeMs: number;
  readonly value: number;
  readonly kind: 'missing' | 'wrong';
}

/** Beyond what two evaluations of the same samples can differ by. */
const tolerance = 1e-9;

/** Labels of the result bear the recorded name. A point that is there and could not be computed again stays unmentioned. */
export function differences(
  name: string,
  { expected, actual }: { readonly expected: readonly RangeSeries[]; readonly actual: readonly RangeSeries[] },
): readonly Difference[] {
  const stored = new Map(actual.map(({ labels, points }) => [keyOf(labels), new Map(points)]));
  return expected.flatMap(({ labels, points }) => {
    const known = stored.get(keyOf(labels));
    const different = points.flatMap(([timeMs, value]): DifferentPoint[] => {
      const there = known?.get(timeMs);
      if (there === undefined) return [{ timeMs, value, kind: 'missing' }];
      return isSame(there, value) ? [] : [{ timeMs, value, kind: 'wrong' }];
    });
    return different.length === 0 ? [] : [{ labels: { ...labels, __name__: name }, points: different }];
  });
}

/** Relative, and absolute below 1: the error of a difference is that of its operands. */
function isSame(one: number, other: number): boolean {
  if (Object.is(one, other)) return true;
  return Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(one), Math.abs(other));
}

/** The same for an expression's result, which has no metric name, and for what was recorded of it. */
function keyOf(labels: SeriesLabels): string {
  const pairs = Object.entries(labels).filter(([label]) => label !== '__name__');
  return JSON.stringify(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

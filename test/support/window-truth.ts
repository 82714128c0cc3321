/** Averages and rates computed from raw samples as docs/decisions/rollups.md defines them, independently of PromQL. */

export type Points = readonly (readonly [number, number])[];

export interface Window {
  readonly endMs: number;
  readonly rangeMs: number;
}

/** Returns the samples in (end - range, end]. */
export function samplesIn(points: Points, { endMs, rangeMs }: Window): Points {
  return points.filter(([timeMs]) => timeMs > endMs - rangeMs && timeMs <= endMs);
}

/** Returns the mean; undefined without a sample. */
export function meanIn(points: Points, window: Window): number | undefined {
  const inside = samplesIn(points, window);
  if (inside.length === 0) return undefined;
  return inside.reduce((sum, [, value]) => sum + value, 0) / inside.length;
}

/**
 * How far `rate` extrapolates before the first sample. `by gap`: at most to where the counter was 0, and where the first sample is
 * far from the border, half an interval; Prometheus from 2.52 on (its pull request 13725). `by zero first`: the place of 0 is
 * compared with the border, and only then the distance; Prometheus before 2.52.
 */
export type Extrapolation = 'by gap' | 'by zero first';

/** Returns the increase per second, extrapolated to the window's borders; undefined with fewer than two samples. */
export function rateIn(points: Points, window: Window, extrapolation: Extrapolation = 'by gap'): number | undefined {
  const inside = samplesIn(points, window);
  const [first, last] = [inside[0], inside.at(-1)];
  if (first === undefined || last === undefined || inside.length < 2) return undefined;
  let increase = 0;
  for (let at = 1; at < inside.length; at++) {
    const [value, before] = [inside[at]?.[1] ?? NaN, inside[at - 1]?.[1] ?? NaN];
    increase += value >= before ? value - before : value;
  }
  const seenMs = last[0] - first[0];
  const meanGapMs = seenMs / (inside.length - 1);
  const bounded = (distanceMs: number): number => (distanceMs < 1.1 * meanGapMs ? distanceMs : meanGapMs / 2);
  const sinceZeroMs = increase > 0 && first[1] >= 0 ? (seenMs * first[1]) / increase : Infinity;
  const headMs = first[0] - (window.endMs - window.rangeMs);
  const headGrowthMs = {
    'by gap': Math.min(bounded(headMs), sinceZeroMs),
    'by zero first': bounded(Math.min(headMs, sinceZeroMs)),
  }[extrapolation];
  const grownMs = seenMs + headGrowthMs + bounded(window.endMs - last[0]);
  return (increase * (grownMs / seenMs)) / (window.rangeMs / 1_000);
}

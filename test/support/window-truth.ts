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

/** Returns the increase per second, extrapolated to the window's borders; undefined with fewer than two samples. */
export function rateIn(points: Points, window: Window): number | undefined {
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
  let headMs = first[0] - (window.endMs - window.rangeMs);
  const tailMs = window.endMs - last[0];
  if (increase > 0 && first[1] >= 0) headMs = Math.min(headMs, (seenMs * first[1]) / increase);
  const grownMs =
    seenMs + (headMs < 1.1 * meanGapMs ? headMs : meanGapMs / 2) + (tailMs < 1.1 * meanGapMs ? tailMs : meanGapMs / 2);
  return (increase * (grownMs / seenMs)) / (window.rangeMs / 1_000);
}

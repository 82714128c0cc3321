/** A rule group's grid: every point lies at a multiple of the step plus a phase that Prometheus takes from the group's name and path. */

export interface Grid {
  readonly stepMs: number;
  readonly phaseMs: number;
}

/** The grid on which a point lies. */
export function gridThrough(timeMs: number, stepMs: number): Grid {
  return { stepMs, phaseMs: ((timeMs % stepMs) + stepMs) % stepMs };
}

/** The last point at or before that time. */
export function lastPoint(grid: Grid, timeMs: number): number {
  return Math.floor((timeMs - grid.phaseMs) / grid.stepMs) * grid.stepMs + grid.phaseMs;
}

/** The first point at or after that time. */
export function firstPoint(grid: Grid, timeMs: number): number {
  return Math.ceil((timeMs - grid.phaseMs) / grid.stepMs) * grid.stepMs + grid.phaseMs;
}

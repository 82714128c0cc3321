/** Calculates when an alert would have fired from the points at which its condition held. */
import type { RangeSeries, SeriesLabels } from '../../../common/prometheus/query.ts';

export interface Episode {
  readonly startsAtMs: number;
  /** Undefined: the condition still holds. */
  readonly endsAtMs: number | undefined;
}

export interface FiringSeries {
  /** Without `__name__`, which alerts do not have. */
  readonly labels: SeriesLabels;
  readonly episodes: readonly Episode[];
}

export interface FiringTimes {
  /** Adds the next points. Calls and points are in time order. */
  add(series: readonly RangeSeries[]): void;
  /** Returns the series that would have fired. */
  finish(): readonly FiringSeries[];
}

interface Run {
  firstMs: number;
  lastMs: number;
}

interface SeriesState {
  readonly labels: SeriesLabels;
  readonly episodes: Episode[];
  run: Run | undefined;
}

export interface FiringTimesOptions {
  readonly stepMs: number;
  /** How long the condition must hold before the alert fires. */
  readonly forMs: number;
  /** The time of the last evaluation. A condition that holds then still holds. */
  readonly endMs: number;
}

/** An alert is pending from its first point, fires once the condition held for `forMs`, and ends at the first step without a point. */
export function createFiringTimes({ stepMs, forMs, endMs }: FiringTimesOptions): FiringTimes {
  const states = new Map<string, SeriesState>();

  function end(series: SeriesState): void {
    const { run } = series;
    series.run = undefined;
    if (run === undefined || run.lastMs - run.firstMs < forMs) return;
    const isOpen = run.lastMs > endMs - stepMs;
    series.episodes.push({ startsAtMs: run.firstMs + forMs, endsAtMs: isOpen ? undefined : run.lastMs + stepMs });
  }

  function add(found: readonly RangeSeries[]): void {
    for (const { labels, points } of found) {
      const { __name__: _name, ...own } = labels;
      const key = JSON.stringify(Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1)));
      const series = states.get(key) ?? { labels: own, episodes: [], run: undefined };
      states.set(key, series);
      for (const [timeMs] of points) {
        if (series.run !== undefined && timeMs - series.run.lastMs > stepMs) end(series);
        if (series.run === undefined) series.run = { firstMs: timeMs, lastMs: timeMs };
        else series.run.lastMs = timeMs;
      }
    }
  }

  return {
    add,
    finish() {
      for (const series of states.values()) end(series);
      return [...states.values()].filter(({ episodes }) => episodes.length > 0);
    },
  };
}

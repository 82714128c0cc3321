/** When a condition would have fired: the points at which it held, as Prometheus' alerts go through them. */
import type { RangeSeries, SeriesLabels } from '../../../common/prometheus/query.ts';

export interface Episode {
  readonly startsAtMs: number;
  /** Undefined: it holds still. */
  readonly endsAtMs: number | undefined;
}

export interface FiringSeries {
  /** Without the metric's name, which an alert does not have. */
  readonly labels: SeriesLabels;
  readonly episodes: readonly Episode[];
}

export interface FiringTimes {
  /** Points in time order, from one query after the other. */
  add(series: readonly RangeSeries[]): void;
  /** The series that would have fired. */
  finish(): readonly FiringSeries[];
}

interface Run {
  firstMs: number;
  lastMs: number;
}

interface Followed {
  readonly labels: SeriesLabels;
  readonly episodes: Episode[];
  run: Run | undefined;
}

export interface FiringTimesOptions {
  readonly stepMs: number;
  /** Pending this long first. */
  readonly forMs: number;
  /** Of the last evaluation: what holds then, holds still. */
  readonly endMs: number;
}

/** An alert is pending from its first point, fires once it held for `forMs`, and ends at the first step without a point. */
export function createFiringTimes({ stepMs, forMs, endMs }: FiringTimesOptions): FiringTimes {
  const followed = new Map<string, Followed>();

  function end(series: Followed): void {
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
      const series = followed.get(key) ?? { labels: own, episodes: [], run: undefined };
      followed.set(key, series);
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
      for (const series of followed.values()) end(series);
      return [...followed.values()].filter(({ episodes }) => episodes.length > 0);
    },
  };
}

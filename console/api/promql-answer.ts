/** Prometheus' answers. */
import type { Column } from '../charts/data/columns.ts';

export type Labels = Readonly<Record<string, string>>;

/** As Prometheus writes it: seconds, and the value as text. */
export type Sample = readonly [number, string];

export interface RangeSeries {
  readonly metric: Labels;
  /** On the grid that was asked for. */
  readonly column: Column;
}

export interface VectorSeries {
  readonly metric: Labels;
  readonly value: Sample;
}

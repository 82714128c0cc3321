/** Prometheus' answers. */

export type Labels = Readonly<Record<string, string>>;

/** As Prometheus writes it: seconds, and the value as text. */
export type Sample = readonly [number, string];

export interface MatrixSeries {
  readonly metric: Labels;
  readonly values: readonly Sample[];
}

export interface VectorSeries {
  readonly metric: Labels;
  readonly value: Sample;
}

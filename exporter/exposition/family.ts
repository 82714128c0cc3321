/** The one shape in which a metric family travels: from a collector to `/metrics`, to the push buffer and to the gateway. */

/** Exposition types that hostpulse handles; `untyped` is the text format's name for "nobody said". */
export type MetricType = 'counter' | 'gauge' | 'untyped' | 'histogram' | 'summary';

/** Label values by label name. Order is the order of exposition; names are unique by construction. */
export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  /** A float64; NaN and the infinities are legal values of the format. Absent data is no sample, never NaN. */
  readonly value: number;
  /** Appended to the family's name: `_bucket`, `_sum`, `_count`. Only for histograms and summaries. */
  readonly suffix?: string;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly samples: readonly Sample[];
}

const noLabels: Labels = Object.freeze({});

/** A family with one sample and no labels. */
export function single(name: string, help: string, type: MetricType, value: number): Family {
  return { name, help, type, samples: [{ labels: noLabels, value }] };
}

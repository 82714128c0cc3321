/** Labels of a series as the API shows them: the host separately, without `job` and the metric name. */
import type { SeriesLabels } from '../../common/prometheus/query.ts';

export interface ShownLabels {
  /** Undefined if the expression dropped `instance`, which no catalogue expression does. */
  readonly host: string | undefined;
  /** Labels of the catalogue and static labels. */
  readonly labels: Record<string, string>;
}

/** `job` is dropped, because it is the same for all hosts. */
export function splitLabels({ instance, __name__: _name, job: _job, ...labels }: SeriesLabels): ShownLabels {
  return { host: instance, labels };
}

/** A series' labels as the API shows them: the host apart, and without what says nothing. */
import type { SeriesLabels } from '../../common/prometheus/query.ts';

export interface ShownLabels {
  /** Undefined where an expression lost `instance`; no catalogue expression does. */
  readonly host: string | undefined;
  /** The catalogue's labels and static ones. */
  readonly labels: Record<string, string>;
}

/** `job` goes too: every host's is the same. */
export function splitLabels({ instance, __name__: _name, job: _job, ...labels }: SeriesLabels): ShownLabels {
  return { host: instance, labels };
}

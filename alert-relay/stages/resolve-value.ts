/** Reads the value at resolve: the value of the rule's expression at the end of the alert. */
import { matcher, renderSelector } from '../../common/catalogue/promql.ts';
import { type Log, messageOf } from '../../common/program/log.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { type InstantSample, queryInstant } from '../../common/prometheus/query.ts';
import type { Episode } from '../../common/store/relay-records.ts';
import { isSeriesOf } from '../chart/series.ts';

/** `host down`: the host did not answer, so that the rule's expression had no value and the alert ended. */
export type ValueAtResolve = number | 'host down' | undefined;

type EndedAlert = Pick<Episode, 'alertname' | 'annotations' | 'labels' | 'ends_at'>;

/** The job of hosts, for alerts without a label `job`. */
const hostJob = 'node';

/**
 * Evaluates the annotation `expr` (the rule's expression without its threshold) at the end of the episode. Returns undefined
 * if the rule has no such annotation, Prometheus does not answer, or several series match the alert. Does not throw.
 */
export async function tryResolveValue(
  episode: EndedAlert,
  { connection, log }: { readonly connection: PrometheusConnection; readonly log: Log },
): Promise<ValueAtResolve> {
  const { annotations, labels, ends_at: timeMs } = episode;
  if (timeMs === null) return undefined;
  const ask = (expression: string) => queryInstant(connection, { expression, timeMs });
  try {
    const { expr } = annotations;
    const value = expr === undefined ? undefined : tryPickValue(await ask(expr), labels);
    const { instance, job = hostJob } = labels;
    if (value !== undefined || instance === undefined) return value;
    const up = await ask(renderSelector('up', [matcher('instance', instance), matcher('job', job)]));
    return up.length > 0 && up.every((sample) => sample.value === 0) ? 'host down' : undefined;
  } catch (error) {
    log.warn('value at resolve unknown', { alertname: episode.alertname, error: messageOf(error) });
    return undefined;
  }
}

/** Returns the value of the only series whose labels the alert has. An alert has the labels of its series and its rule. */
export function tryPickValue(
  samples: readonly InstantSample[],
  alertLabels: Readonly<Record<string, string>>,
): number | undefined {
  const own = samples.filter(({ labels }) => isSeriesOf(alertLabels, labels));
  return own.length === 1 ? own[0]?.value : undefined;
}

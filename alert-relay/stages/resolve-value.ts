/** Reads the value at resolve: the value of the rule's expression at the end of the alert. */
import { type Log, messageOf } from '../../common/program/log.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { type InstantSample, queryInstant } from '../../common/prometheus/query.ts';
import type { Episode } from '../../common/store/relay-records.ts';
import { isSeriesOf } from '../chart/series.ts';

/**
 * Evaluates the annotation `expr` (the rule's expression without its threshold) at the end of the episode. Returns undefined
 * if the rule has no such annotation, Prometheus does not answer, or several series match the alert. Does not throw.
 */
export async function tryResolveValue(
  episode: Episode,
  { connection, log }: { readonly connection: PrometheusConnection; readonly log: Log },
): Promise<number | undefined> {
  const { expr } = episode.annotations;
  if (expr === undefined || episode.ends_at === null) return undefined;
  try {
    return tryPickValue(await queryInstant(connection, { expression: expr, timeMs: episode.ends_at }), episode.labels);
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

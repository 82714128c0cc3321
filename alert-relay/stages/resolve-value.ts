/** The value that an alert's expression had when it ended: what was too high, and how low it is now. */
import { type Log, messageOf } from '../../common/program/log.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { type InstantSample, queryInstant } from '../../common/prometheus/query.ts';
import type { Episode } from '../../common/store/alert-history.ts';

/**
 * Evaluates the annotation `expr` (the rule's expression without its threshold) at the episode's end. Undefined when
 * the rule has none, Prometheus cannot tell, or more than one series could be the alert's. Does not throw.
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
    log.warn('the value at resolve is left out', { alertname: episode.alertname, error: messageOf(error) });
    return undefined;
  }
}

/** The one series whose labels the alert has: an alert carries its series' labels and adds the rule's. */
export function tryPickValue(
  samples: readonly InstantSample[],
  alertLabels: Readonly<Record<string, string>>,
): number | undefined {
  const own = samples.filter(({ labels }) =>
    Object.entries(labels).every(([name, value]) => name === '__name__' || alertLabels[name] === value),
  );
  const value = own.length === 1 ? own[0]?.value : undefined;
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

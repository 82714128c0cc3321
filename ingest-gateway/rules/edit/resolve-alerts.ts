/**
 * Resolves the alerts of a rule that was removed or whose labels changed. Prometheus drops such alerts without a notification,
 * and Alertmanager would show them as firing until its resolve timeout.
 */
import { type Log, messageOf } from '../../../common/program/log.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import type { LoadedAlert } from '../../prometheus/rules-api.ts';
import { readActiveAlerts } from '../../silences/active-alerts.ts';
import { requireSuccess } from '../../silences/alertmanager.ts';

export interface ResolveOptions {
  readonly alertmanager: PrometheusConnection;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}

type Labels = Readonly<Record<string, string>>;

/** The alerts of one rule in Prometheus. */
export interface EditedAlerts {
  readonly before: readonly LoadedAlert[];
  readonly after: readonly LoadedAlert[];
}

const timeoutMs = 5_000;

/** Posts the end of each alert of `before` that is not in `after`. A failure is logged: Alertmanager's resolve timeout remains. */
export async function resolveAlerts({ before, after }: EditedAlerts, options: ResolveOptions): Promise<void> {
  const gone = before.filter(({ labels }) => !after.some((each) => isSame(each.labels, labels)));
  const name = gone[0]?.labels['alertname'];
  if (name === undefined) return;
  const { alertmanager, now, log } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const matchers = [{ name: 'alertname', value: name, isRegex: false, isEqual: true }];
    const { alerts: active } = await readActiveAlerts(alertmanager, { matchers, signal });
    const endsAt = new Date(now()).toISOString();
    const json = gone.map(({ labels, activeAtMs }) => {
      const larger = after.filter((each) => includesLabels(each.labels, labels));
      const known = active
        .filter((each) => includesLabels(each.labels, labels))
        .filter((each) => !larger.some((other) => includesLabels(each.labels, other.labels)))
        .sort(byLabelCount)[0];
      const startsAt = new Date(activeAtMs).toISOString();
      return known === undefined
        ? { labels, startsAt, endsAt }
        : { labels: known.labels, annotations: known.annotations, startsAt: known.starts_at, endsAt };
    });
    requireSuccess(await alertmanager.call({ method: 'POST', path: '/api/v2/alerts', json, signal }));
  } catch (error) {
    log.warn('the alerts of a changed rule were not resolved in Alertmanager', { rule: name, error: messageOf(error) });
  }
}

/** Fewest labels first: the alert of another series may have the same labels and more. */
function byLabelCount(a: { readonly labels: Labels }, b: { readonly labels: Labels }): number {
  return Object.keys(a.labels).length - Object.keys(b.labels).length;
}

function isSame(one: Labels, other: Labels): boolean {
  return includesLabels(one, other) && includesLabels(other, one);
}

/** In Alertmanager an alert has its labels in Prometheus and Prometheus' external labels. */
function includesLabels(all: Labels, some: Labels): boolean {
  return Object.entries(some).every(([name, value]) => all[name] === value);
}

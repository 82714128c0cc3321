/**
 * Prometheus forgets the alerts of a rule that is taken out, or whose labels change, without a word, and Alertmanager takes
 * them for firing for minutes more. So it is told that they have ended, as Prometheus tells of those that it still knows.
 */
import { type Log, messageOf } from '../../../common/program/log.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import type { LoadedAlert } from '../../prometheus/rules-api.ts';
import { readActiveAlerts } from '../../silences/active-alerts.ts';
import { requireTaken } from '../../silences/alertmanager.ts';

export interface EndOptions {
  readonly alertmanager: PrometheusConnection;
  readonly now: () => number;
  readonly log: Log;
}

type Labels = Readonly<Record<string, string>>;

export interface Forgotten {
  /** Of one rule, before the change and after it. */
  readonly before: readonly LoadedAlert[];
  readonly after: readonly LoadedAlert[];
}

/** Does not throw: what Alertmanager does not take now, it finds out by itself later. */
export async function endForgotten({ before, after }: Forgotten, options: EndOptions): Promise<void> {
  const gone = before.filter(({ labels }) => !after.some((each) => isWithin(labels, each.labels)));
  const name = gone[0]?.labels['alertname'];
  if (name === undefined) return;
  const { alertmanager, now, log } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const matchers = [{ name: 'alertname', value: name, isRegex: false, isEqual: true }];
    const known = await readActiveAlerts(alertmanager, { matchers, signal });
    const endsAt = new Date(now()).toISOString();
    const json = gone.map(({ labels, activeAtMs }) => {
      const held = known.filter((each) => isWithin(labels, each.labels)).sort(byLabelCount)[0];
      const startsAt = new Date(activeAtMs).toISOString();
      return held === undefined
        ? { labels, startsAt, endsAt }
        : { labels: held.labels, annotations: held.annotations, startsAt: held.starts_at, endsAt };
    });
    requireTaken(await alertmanager.call({ method: 'POST', path: '/api/v2/alerts', json, signal }));
  } catch (error) {
    log.warn('Alertmanager is not told that alerts of a changed rule have ended', {
      rule: name,
      error: messageOf(error),
    });
  }
}

const timeoutMs = 5_000;

/** Fewest first: another series' alert may have the same labels and more. */
function byLabelCount(a: { readonly labels: Labels }, b: { readonly labels: Labels }): number {
  return Object.keys(a.labels).length - Object.keys(b.labels).length;
}

/** Alertmanager's labels of an alert are Prometheus' own, and the external ones beside them. */
function isWithin(labels: Labels, others: Labels): boolean {
  return Object.entries(labels).every(([name, value]) => others[name] === value);
}

/** Reads the active alerts of Alertmanager, including muted ones. */
import { z } from 'zod';
import { type LabelMatcher, renderMatcher } from '../../common/alertmanager/matchers.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { isWatchdog } from '../../common/store/relay-records.ts';
import { parseBody, requireSuccess } from './alertmanager.ts';

const texts = z.record(z.string(), z.string());
const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());

/** Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml (gettableAlerts). */
const gettableAlerts = z.array(
  z.object({
    fingerprint: z.string(),
    labels: texts,
    annotations: texts,
    startsAt: time,
    updatedAt: time,
    status: z.object({
      state: z.enum(['active', 'suppressed', 'unprocessed']),
      silencedBy: z.array(z.string()),
      inhibitedBy: z.array(z.string()),
    }),
  }),
);

export interface ActiveAlert {
  readonly fingerprint: string;
  readonly rule: string;
  readonly severity?: string;
  readonly host?: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly starts_at: string;
  readonly updated_at: string;
  readonly state: 'active' | 'suppressed' | 'unprocessed';
  readonly silenced_by: string[];
  readonly inhibited_by: string[];
}

export interface ActiveAlerts {
  /** Newest first, without Watchdog. */
  readonly alerts: ActiveAlert[];
  /** When Alertmanager last received Watchdog, RFC 3339. Absent if Watchdog is not active or does not match. */
  readonly watchdogReceivedAt?: string;
}

/** Returns the alerts that match all matchers. Throws the errors of `requireSuccess` and a `PrometheusError`. */
export async function readActiveAlerts(
  alertmanager: PrometheusConnection,
  { matchers, signal }: { readonly matchers: readonly LabelMatcher[]; readonly signal: AbortSignal },
): Promise<ActiveAlerts> {
  const parameters = new URLSearchParams(matchers.map((each) => ['filter', renderMatcher(each)] as [string, string]));
  const answer = requireSuccess(await alertmanager.call({ method: 'GET', path: '/api/v2/alerts', parameters, signal }));
  const all = parseBody(gettableAlerts, answer);
  const alerts = all
    .filter((alert) => !isWatchdog(alert))
    .map(render)
    .sort((a, b) => (a.starts_at > b.starts_at ? -1 : 1));
  const watchdogs = all.filter(isWatchdog).map(({ updatedAt }) => updatedAt);
  const newest = watchdogs.toSorted().at(-1);
  return newest === undefined ? { alerts } : { alerts, watchdogReceivedAt: newest };
}

function render({
  fingerprint,
  labels,
  annotations,
  startsAt,
  updatedAt,
  status,
}: z.output<typeof gettableAlerts>[number]): ActiveAlert {
  const { alertname = '', severity, instance } = labels;
  return {
    fingerprint,
    rule: alertname,
    ...(severity === undefined ? {} : { severity }),
    ...(instance === undefined ? {} : { host: instance }),
    labels,
    annotations,
    starts_at: startsAt,
    updated_at: updatedAt,
    state: status.state,
    silenced_by: status.silencedBy,
    inhibited_by: status.inhibitedBy,
  };
}

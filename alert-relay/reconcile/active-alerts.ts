/** Reads the alerts that Alertmanager and Prometheus know now, for the comparison with the open episodes. */
import { z } from 'zod';
import type { PrometheusAnswer, PrometheusConnection } from '../../common/prometheus/connection.ts';

const texts = z.record(z.string(), z.string());
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml (gettableAlerts). */
const alertmanagerAlerts = z.array(
  z.object({
    fingerprint: z.string(),
    labels: texts,
    annotations: texts,
    startsAt: time,
    generatorURL: z.string().optional(),
    status: z.object({ state: z.enum(['active', 'suppressed', 'unprocessed']) }),
  }),
);

/** Source: https://prometheus.io/docs/prometheus/latest/querying/api/#alerts */
const prometheusAlerts = z.object({
  status: z.literal('success'),
  data: z.object({ alerts: z.array(z.object({ labels: texts, state: z.string() })) }),
});

type Labels = Readonly<Record<string, string>>;

export type AlertmanagerAlert = z.output<typeof alertmanagerAlerts>[number];

/** Returns Alertmanager's alerts. Silenced and inhibited alerts count as firing. Throws when Alertmanager is not healthy. */
export async function readAlertmanagerAlerts(connection: PrometheusConnection): Promise<readonly AlertmanagerAlert[]> {
  const answer = await connection.call({ method: 'GET', path: '/api/v2/alerts' });
  return alertmanagerAlerts.parse(parseJson(answer, 'Alertmanager'));
}

/**
 * Returns the labels of pending and firing alerts, without the external labels that Prometheus adds for Alertmanager.
 * Throws when Prometheus is not healthy or still starting.
 */
export async function readPrometheusAlerts(connection: PrometheusConnection): Promise<readonly Labels[]> {
  const answer = await connection.call({ method: 'GET', path: '/api/v1/alerts' });
  return prometheusAlerts.parse(parseJson(answer, 'Prometheus')).data.alerts.map(({ labels }) => labels);
}

export interface AlertIndex {
  /** Returns whether the labels include all labels of one of the alerts. */
  matches(labels: Labels): boolean;
}

/**
 * Indexes alerts by alert name, label names and label values. A lookup costs one probe for each set of label names that
 * alerts of this name have: usually one, so that n lookups among n alerts are linear in n.
 */
export function indexAlerts(alerts: readonly Labels[]): AlertIndex {
  const byName = new Map<string | undefined, Map<string, LabelSets>>();
  for (const labels of alerts) {
    const { alertname } = labels;
    const names = Object.keys(labels).sort();
    const key = JSON.stringify(names);
    const groups = byName.get(alertname) ?? new Map<string, LabelSets>();
    byName.set(alertname, groups);
    const group = groups.get(key) ?? { names, values: new Set() };
    groups.set(key, group);
    group.values.add(valuesOf(labels, names));
  }
  return {
    matches: (labels) =>
      [...(byName.get(labels['alertname'])?.values() ?? [])].some(({ names, values }) =>
        values.has(valuesOf(labels, names)),
      ),
  };
}

/** The value sets of alerts with the same label names. */
interface LabelSets {
  readonly names: readonly string[];
  readonly values: Set<string>;
}

/** Returns the values of the labels as one text. A missing label is null, so that it differs from an empty label. */
function valuesOf(labels: Labels, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => labels[name] ?? null));
}

function parseJson({ status, body }: PrometheusAnswer, name: string): unknown {
  if (status !== 200) throw new Error(`${name} answered HTTP ${status}`);
  return JSON.parse(body.toString('utf8')) as unknown;
}

/** Which alerts Alertmanager and Prometheus know now, to compare with the open episodes. */
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

export type AlertmanagerAlert = z.output<typeof alertmanagerAlerts>[number];

/** Silenced and inhibited ones included: they fire all the same. Throws when Alertmanager is not healthy. */
export async function readAlertmanagerAlerts(connection: PrometheusConnection): Promise<readonly AlertmanagerAlert[]> {
  const answer = await connection.call({ method: 'GET', path: '/api/v2/alerts' });
  return alertmanagerAlerts.parse(parseJson(answer, 'Alertmanager'));
}

/**
 * The labels of pending and firing alerts, without the external labels that Alertmanager's have. Throws when
 * Prometheus is not healthy (while it starts, it refuses).
 */
export async function readPrometheusAlerts(
  connection: PrometheusConnection,
): Promise<readonly Readonly<Record<string, string>>[]> {
  const answer = await connection.call({ method: 'GET', path: '/api/v1/alerts' });
  return prometheusAlerts.parse(parseJson(answer, 'Prometheus')).data.alerts.map(({ labels }) => labels);
}

function parseJson({ status, body }: PrometheusAnswer, name: string): unknown {
  if (status !== 200) throw new Error(`${name} answered HTTP ${status}`);
  return JSON.parse(body.toString('utf8')) as unknown;
}

/** Builds Alertmanager's webhook payload, version 4, from the fields that a test needs. */

export interface TestAlert {
  readonly name: string;
  readonly status?: 'firing' | 'resolved';
  /** Epoch milliseconds. */
  readonly startsAtMs: number;
  readonly endsAtMs?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The fingerprint is the alert's name. */
export function webhookPayloadOf(alerts: readonly TestAlert[]): Record<string, unknown> {
  return {
    version: '4',
    groupKey: '{}:{}',
    truncatedAlerts: 0,
    status: alerts.some(({ status }) => status !== 'resolved') ? 'firing' : 'resolved',
    receiver: 'relay',
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://alertmanager.test:9093',
    alerts: alerts.map(({ name, status = 'firing', startsAtMs, endsAtMs, labels = {}, annotations = {} }) => ({
      status,
      labels: { alertname: name, instance: 'web-1', severity: 'warning', ...labels },
      annotations,
      startsAt: new Date(startsAtMs).toISOString(),
      endsAt: endsAtMs === undefined ? '0001-01-01T00:00:00Z' : new Date(endsAtMs).toISOString(),
      generatorURL: 'http://prometheus.test:9090/graph?g0.expr=up&g0.tab=1',
      fingerprint: name,
    })),
  };
}

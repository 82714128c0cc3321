/** Alertmanager's webhook payload, version 4. Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
import { z } from 'zod';

/** RFC 3339 with nanoseconds, converted to epoch milliseconds. */
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const texts = z.record(z.string(), z.string());
/** Alertmanager sends an empty string for a missing URL. */
const link = z.string().transform((text) => (text === '' ? undefined : text));

const alert = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: texts,
  annotations: texts,
  startsAt: time,
  /** In the year 1 while the alert is firing. */
  endsAt: time,
  generatorURL: link,
  fingerprint: z.string().min(1),
});

export const webhookPayload = z.object({
  version: z.literal('4'),
  groupKey: z.string(),
  /** Number of alerts that `max_alerts` cut off. */
  truncatedAlerts: z.int().nonnegative().default(0),
  status: z.enum(['firing', 'resolved']),
  receiver: z.string(),
  groupLabels: texts,
  commonLabels: texts,
  commonAnnotations: texts,
  externalURL: link,
  alerts: z.array(alert),
});

export type WebhookPayload = z.output<typeof webhookPayload>;
export type WebhookAlert = z.output<typeof alert>;

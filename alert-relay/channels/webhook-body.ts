/** The JSON that the webhook channel sends. docs/relay-webhook.md explains it; its JSON schema is made from this one. */
import { z } from 'zod';
import type { Message } from '../text/message.ts';

const text = z.string().nullable();
const number = z.number().nullable();
const texts = z.record(z.string(), z.string());
const time = z.iso.datetime();

/** Loose: later versions may add fields, which receivers must ignore. */
export const webhookBody = z.looseObject({
  version: z.literal('1'),
  id: z.string().describe('Of the notification; the same at each attempt, so that copies can be told.'),
  status: z.enum(['firing', 'resolved']),
  reminder: z.boolean().describe('True when this status of the episode was delivered before.'),
  announced: z
    .boolean()
    .describe('False when nobody announced the end: the relay found the alert gone in Alertmanager and Prometheus.'),
  alert: z.string().describe('Name of the alert.'),
  severity: text,
  host: text.describe('The label "instance".'),
  metric: text.describe('Dotted name as in docs/metrics.md.'),
  unit: text,
  value: number.describe('While firing as last evaluated; when resolved at the end. Null when not known.'),
  threshold: number,
  summary: text,
  description: text,
  started_at: time,
  ended_at: time.nullable().describe('Null while firing.'),
  episode: z.looseObject({ id: z.int(), fingerprint: z.string() }).describe('From the first firing to its end.'),
  labels: texts,
  annotations: texts,
  links: z.looseObject({ graph: text, alert: text, silence: text, runbook: text }),
});

export type WebhookBody = z.infer<typeof webhookBody>;

export function renderWebhookBody(message: Message): WebhookBody {
  const { links } = message;
  return {
    version: '1',
    id: String(message.id),
    status: message.status,
    reminder: message.isReminder,
    announced: message.isAnnounced,
    alert: message.alertname,
    severity: message.severity ?? null,
    host: message.host ?? null,
    metric: message.metric ?? null,
    unit: message.unit ?? null,
    value: message.value ?? null,
    threshold: message.threshold ?? null,
    summary: message.summary ?? null,
    description: message.description ?? null,
    started_at: new Date(message.startsAtMs).toISOString(),
    ended_at: message.endsAtMs === undefined ? null : new Date(message.endsAtMs).toISOString(),
    episode: { id: message.episodeId, fingerprint: message.fingerprint },
    labels: message.labels,
    annotations: message.annotations,
    links: {
      graph: links.graph ?? null,
      alert: links.alert ?? null,
      silence: links.silence ?? null,
      runbook: links.runbook ?? null,
    },
  };
}

/**
 * Defines the JSON body of the webhook channel. docs/relay-webhook.md documents it; its JSON schema is generated from the schema in
 * this file.
 */
import { z } from 'zod';
import type { Message } from '../text/message.ts';

const text = z.string().nullable();
const number = z.number().nullable();
const texts = z.record(z.string(), z.string());
const time = z.iso.datetime();

/** Loose: later versions may add fields, and receivers must ignore unknown fields. */
export const webhookBody = z.looseObject({
  version: z.literal('1'),
  id: z.string().describe('Id of the notification. The same at each attempt, so that receivers can detect duplicates.'),
  status: z.enum(['firing', 'resolved']),
  reminder: z.boolean().describe('True if this status of the episode was delivered before.'),
  announced: z
    .boolean()
    .describe('False if no resolution was announced: the relay found the alert gone from Alertmanager and Prometheus.'),
  host_down: z
    .boolean()
    .describe('True with "resolved" if the alert ended because its host did not answer: the condition may persist.'),
  alert: z.string().describe('Name of the alert.'),
  severity: text,
  host: text.describe('The label "instance".'),
  metric: text.describe('Dotted name as in docs/metrics.md.'),
  unit: text,
  value: number.describe(
    'While firing: the last evaluated value. Resolved: the value at the end. Null if unknown, NaN or infinite.',
  ),
  threshold: number,
  summary: text,
  description: text,
  started_at: time,
  ended_at: time.nullable().describe('Null while firing.'),
  episode: z
    .looseObject({ id: z.int(), fingerprint: z.string() })
    .describe('An episode lasts from the first firing to the resolution.'),
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
    host_down: message.isHostDown,
    alert: message.alertname,
    severity: message.severity ?? null,
    host: message.host ?? null,
    metric: message.metric ?? null,
    unit: message.unit ?? null,
    value: finite(message.value),
    threshold: finite(message.threshold),
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

/** Returns null for NaN and infinities, which JSON does not have. */
function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

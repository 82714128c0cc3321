/** The fields that templates can use, with the values of an alert. docs/channels.md documents them from this list. */
import { contentOf, headlineOf } from './content.ts';
import { plainText, renderText } from './format.ts';
import type { Message } from './message.ts';
import type { FieldValue } from './template.ts';
import { messageText, renderValue, valueOf } from './text.ts';

interface TemplateField {
  readonly help: string;
  read(message: Message): FieldValue | undefined;
}

export const templateFields: Readonly<Record<string, TemplateField>> = {
  id: { help: "the notification's id, the same at each attempt", read: ({ id }) => String(id) },
  key: { help: 'identifies the alert from its firing to its resolution', read: ({ fingerprint }) => fingerprint },
  status: { help: '`firing` or `resolved`', read: ({ status }) => status },
  reminder: { help: '`true` if this status was sent before', read: ({ isReminder }) => isReminder },
  headline: {
    help: 'sign, status and title: `🔴 Firing: CpuUsageHigh on web-1`',
    read: (message) => headlineOf(contentOf(message)),
  },
  title: { help: '`CpuUsageHigh on web-1`', read: (message) => messageText(message).title },
  summary: { help: 'one sentence: the problem, or its end', read: (message) => messageText(message).lead },
  description: {
    help: "the rule's description; empty once the alert is resolved",
    read: (message) => messageText(message).advice,
  },
  text: {
    help: 'the whole message as plain text, with links',
    read: (message) => renderText(contentOf(message), { format: plainText }),
  },
  alert: { help: 'the name of the alert', read: ({ alertname }) => alertname },
  severity: { help: 'the severity', read: ({ severity }) => severity },
  host: { help: 'the label `instance`', read: ({ host }) => host },
  metric: { help: 'the metric, as in docs/metrics.md', read: ({ metric }) => metric },
  value: { help: 'the value as a number', read: ({ value }) => finite(value) },
  value_text: { help: 'the value with its unit: `91.5 %`', read: valueOf },
  threshold: { help: 'the threshold as a number', read: ({ threshold }) => finite(threshold) },
  threshold_text: {
    help: 'the threshold with its unit',
    read: ({ threshold, unit }) => (threshold === undefined ? undefined : renderValue(threshold, unit)),
  },
  started_at: { help: 'the start in RFC 3339', read: ({ startsAtMs }) => new Date(startsAtMs).toISOString() },
  ended_at: {
    help: 'the end in RFC 3339',
    read: ({ endsAtMs }) => (endsAtMs === undefined ? undefined : new Date(endsAtMs).toISOString()),
  },
  alert_url: { help: "the alert's page", read: ({ links }) => links.alert },
  graph_url: { help: 'the graph', read: ({ links }) => links.graph },
  silence_url: { help: 'the form for a silence', read: ({ links }) => links.silence },
  runbook_url: { help: 'the runbook', read: ({ links }) => links.runbook },
};

const labelField = /^(labels|annotations)\.(\w+)$/;

export function isTemplateField(name: string): boolean {
  return Object.hasOwn(templateFields, name) || labelField.test(name);
}

/** Returns the value of a field; null if the alert has none. */
export function readTemplateField(message: Message, name: string): FieldValue {
  const [, map, key = ''] = labelField.exec(name) ?? [];
  if (map === 'labels' || map === 'annotations')
    return Object.hasOwn(message[map], key) ? (message[map][key] ?? null) : null;
  return templateFields[name]?.read(message) ?? null;
}

/** JSON has no NaN and no infinities. */
function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** PagerDuty: one incident an alert, acknowledged and resolved with the alert. Source: https://developer.pagerduty.com/docs/events-api-v2-overview */
import { type Answer, joinTexts, type ServiceError } from '../channel/call.ts';
import { requiredSecret, webUrlFieldOr } from '../channel/channel-type.ts';
import { httpChannel } from '../channel/http-channel.ts';
import type { Content } from '../text/content.ts';
import { byteLength, cutText, renderWithin } from '../text/fit.ts';

/** Characters of a summary, bytes of an event: https://developer.pagerduty.com/docs/send-alert-event */
const limits = { summary: 1_024, source: 255, bytes: 512 * 1_024 } as const;

const severities: Readonly<Record<string, string>> = { critical: 'critical', error: 'error', warning: 'warning' };

export const pagerduty = httpChannel({
  type: 'pagerduty',
  secrets: { routing_key: requiredSecret('the integration key of "Events API v2"') },
  fields: {
    api_url: webUrlFieldOr('https://events.pagerduty.com').describe(
      '`https://events.eu.pagerduty.com` in the European region',
    ),
  },
  // 120 events a minute to an integration: https://developer.pagerduty.com/docs/events-api-v2-overview#response-codes--retry-logic
  messagesPerMinute: 120,
  groups: 'separate',
  errorOf,
  connect: ({ routingKey, apiUrl }) => ({
    send: (content, { call }) => {
      const fits = (event: object): boolean => byteLength(JSON.stringify(event)) <= limits.bytes - 1_024;
      const event = renderEvent(content, fits);
      const json = { routing_key: routingKey.reveal(), dedup_key: content.alertKey, ...event };
      return call({ url: `${apiUrl}/v2/enqueue`, json });
    },
  }),
});

/** Returns the event. PagerDuty has none that withdraws an acknowledgement: the trigger of the same key adds to the incident. */
function renderEvent(content: Content, fits: (event: object) => boolean): object {
  if (!content.isFiring) return { event_action: 'resolve' };
  if (content.ackNews?.kind === 'acknowledged') return { event_action: 'acknowledge' };
  return renderWithin(content, triggerOf, fits);
}

function triggerOf(content: Content) {
  const { title, lead, advice, host, severity = '', startsAtMs, figures, facts, links } = content;
  const details = [...figures, ...facts].map(({ name, value }) => [name, value]);
  const [first] = links;
  return {
    event_action: 'trigger',
    payload: {
      summary: cutText(lead.startsWith(title) ? lead : `${title}: ${lead}`, limits.summary),
      source: cutText(host ?? 'hostpulse', limits.source),
      severity: severities[severity] ?? 'info',
      timestamp: new Date(startsAtMs).toISOString(),
      custom_details: { ...Object.fromEntries(details), ...(advice === undefined ? {} : { Description: advice }) },
    },
    client: 'hostpulse',
    ...(first === undefined ? {} : { client_url: first.url }),
    links: links.map(({ label, url }) => ({ href: url, text: label })),
  };
}

/** `{"status":"invalid event","message":"Event object is invalid","errors":["Length of 'routing_key' is incorrect"]}` */
function errorOf({ body, status }: Answer): ServiceError | undefined {
  if (status < 300) return undefined;
  const { errors } = body;
  return { text: joinTexts(body['message'], ...(Array.isArray(errors) ? errors : [])) };
}

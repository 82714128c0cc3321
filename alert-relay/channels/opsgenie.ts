/**
 * Opsgenie and Jira Service Management, whose operations have the same API: one alert an alert, acknowledged and closed by its alias.
 * Source: https://docs.opsgenie.com/docs/alert-api and https://developer.atlassian.com/cloud/jira/service-desk-ops/
 */
import { z } from 'zod';
import { type Answer, type ServiceError, secondsToMs, textOf } from '../channel/call.ts';
import { requiredSecret, webUrlFieldOr } from '../channel/channel-type.ts';
import { httpChannel } from '../channel/http-channel.ts';
import { type Content } from '../text/content.ts';
import { cutText, renderWithin } from '../text/fit.ts';
import { plainText, renderText } from '../text/format.ts';

/** Characters: https://docs.opsgenie.com/docs/alert-api#create-alert */
const limits = {
  message: 130,
  description: 15_000,
  details: 8_000,
  note: 25_000,
  entity: 512,
  tag: 50,
  tags: 20,
} as const;

const priorities = { critical: 'P1', warning: 'P3', notice: 'P4', resolved: 'P5' } as const;

export const opsgenie = httpChannel({
  type: 'opsgenie',
  secrets: { api_key: requiredSecret('the key of an API integration') },
  fields: {
    api_url: webUrlFieldOr('https://api.opsgenie.com').describe(
      '`https://api.eu.opsgenie.com` in Europe; `https://api.atlassian.com/jsm/ops/integration` for Jira Service Management (Opsgenie ends in April 2027)',
    ),
    team: z.string().min(1).optional().describe('the team that is responsible; default: of the integration'),
    tags: z
      .array(z.string().min(1).max(limits.tag), 'a list of texts')
      .max(limits.tags)
      .default([])
      .describe('tags of every alert'),
  },
  // The limit depends on the plan and the number of users: https://docs.opsgenie.com/docs/api-rate-limiting
  messagesPerMinute: 60,
  groups: 'separate',
  errorOf,
  connect: ({ apiKey, apiUrl, team, tags }) => ({
    send: (content, { call }) => {
      const headers = { Authorization: `GenieKey ${apiKey.reveal()}` };
      const alias = content.alertKey ?? '';
      const own = { tags, ...(team !== undefined && { responders: [{ name: team, type: 'team' }] }) };
      const change = changeOf(content);
      return change === undefined
        ? call({ url: `${apiUrl}/v2/alerts`, headers, json: { alias, ...alertOf(content), ...own } })
        : call({
            url: `${apiUrl}/v2/alerts/${encodeURIComponent(alias)}/${change}?identifierType=alias`,
            headers,
            json: { source: 'hostpulse', note: cutText(content.lead, limits.note) },
          });
    },
  }),
});

/** Returns the change of an alert that the service has already. Undefined: the alert is created, or counted again. */
function changeOf({ isFiring, ackNews }: Content): 'close' | 'acknowledge' | 'unacknowledge' | undefined {
  if (!isFiring) return 'close';
  if (ackNews === undefined) return undefined;
  return ackNews.kind === 'acknowledged' ? 'acknowledge' : 'unacknowledge';
}

function alertOf(content: Content) {
  const { title, host, tone, figures, facts } = content;
  const render = (shorter: Content): string => renderText(shorter, { format: plainText, without: ['headline'] });
  const named = [...figures, ...facts].map(({ name, value }) => [name, cutText(value, 500)]);
  const details = Object.fromEntries(named) as Readonly<Record<string, string>>;
  return {
    message: cutText(title, limits.message),
    description: renderWithin(content, render, (text) => text.length <= limits.description),
    priority: priorities[tone],
    source: 'hostpulse',
    ...(host === undefined ? {} : { entity: cutText(host, limits.entity) }),
    details: JSON.stringify(details).length <= limits.details ? details : {},
  };
}

/** A limited answer has no Retry-After, but the period of the limit: https://docs.opsgenie.com/docs/api-rate-limiting */
function errorOf({ body, status, header }: Answer): ServiceError | undefined {
  if (status < 300) return undefined;
  return {
    text: textOf(body['message']),
    afterMs: status === 429 ? secondsToMs(header('x-ratelimit-period-in-sec')) : undefined,
  };
}

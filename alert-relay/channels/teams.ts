/**
 * Microsoft Teams: the URL of a workflow ("Post to a channel when a webhook request is received"), which gets an Adaptive Card.
 * Source: https://learn.microsoft.com/power-automate/teams/send-a-message-in-teams and https://adaptivecards.io/explorer
 */
import { type Answer, objectOf, type ServiceError, textOf } from '../channel/call.ts';
import { requiredSecretUrl } from '../channel/channel-type.ts';
import { httpChannel } from '../channel/http-channel.ts';
import { type Content, headlineOf } from '../text/content.ts';
import { byteLength, renderWithin } from '../text/fit.ts';
import { looseMarkdown, renderLines } from '../text/format.ts';

/** Bytes of a message: https://learn.microsoft.com/microsoftteams/limits-specifications-teams#chat */
const maxBytes = 28 * 1_024;

const colours = { critical: 'Attention', warning: 'Warning', notice: 'Accent', resolved: 'Good' } as const;

export const teams = httpChannel({
  type: 'teams',
  secrets: { webhook_url: requiredSecretUrl("the workflow's URL") },
  fields: {},
  // Four requests a second: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
  messagesPerMinute: 60,
  groups: 'together',
  errorOf,
  connect: ({ webhookUrl }) => ({
    send: (content, { call }) =>
      call({
        url: webhookUrl.reveal(),
        json: renderWithin(content, renderMessage, (message) => byteLength(JSON.stringify(message)) <= maxBytes),
      }),
  }),
});

function renderMessage(content: Content) {
  const contentType = 'application/vnd.microsoft.card.adaptive';
  return { type: 'message', attachments: [{ contentType, contentUrl: null, content: renderCard(content) }] };
}

function renderCard(content: Content) {
  const { tone, lead, advice, figures, facts, links } = content;
  const { escape } = looseMarkdown;
  const lines = renderLines(content, looseMarkdown);
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    fallbackText: headlineOf(content),
    body: [
      textBlock(escape(headlineOf(content)), { size: 'Large', weight: 'Bolder', color: colours[tone] }),
      ...(lead === '' ? [] : [textBlock(escape(lead), {})]),
      ...(advice === undefined ? [] : [textBlock(escape(advice), { isSubtle: true })]),
      {
        type: 'FactSet',
        facts: [...figures, ...facts].map(({ name, value }) => ({ title: name, value: escape(value) })),
      },
      ...(lines.length === 0 ? [] : [textBlock(lines.join('\n\n'), {})]), // a card needs an empty line for a new line
    ],
    actions: links.map(({ label, url }) => ({ type: 'Action.OpenUrl', title: label, url })),
  };
}

function textBlock(text: string, style: Readonly<Record<string, unknown>>) {
  return { type: 'TextBlock', text, wrap: true, ...style };
}

/** A workflow answers 202. Connectors and proxies of Teams answer 200 with the HTTP status of the failed delivery in a text. */
function errorOf({ body, text, status }: Answer): ServiceError | undefined {
  const failed = Number(/Microsoft Teams endpoint returned HTTP error (\d{3})/.exec(text)?.[1] ?? Number.NaN);
  if (!Number.isNaN(failed))
    return { text: `Microsoft Teams: HTTP ${failed}`, verdict: failed === 429 || failed >= 500 ? 'retry' : 'drop' };
  return status < 300 ? undefined : { text: textOf(objectOf(body['error'])['message']) };
}

/** Rocket.Chat: an incoming webhook. Source: https://docs.rocket.chat/docs/integrations (incoming webhooks) */
import { z } from 'zod';
import { type Answer, type ServiceError, secondsToMs, textOf } from '../channel/call.ts';
import { requiredSecretUrl } from '../channel/channel-type.ts';
import { httpChannel } from '../channel/http-channel.ts';
import { type Content, headlineOf } from '../text/content.ts';
import { renderWithin } from '../text/fit.ts';
import { markdown, renderText, withoutMentions } from '../text/format.ts';
import { toneColours } from '../text/text.ts';

/** Characters of a message, the default of the setting "Maximum Allowed Message Size". */
const maxCharacters = 5_000;

export const rocketchat = httpChannel({
  type: 'rocketchat',
  secrets: { webhook_url: requiredSecretUrl("the integration's webhook URL") },
  fields: {
    channel: z.string().min(1).optional().describe("another channel than the integration's: `#name` or `@user`"),
  },
  messagesPerMinute: 60,
  groups: 'together',
  errorOf,
  connect: ({ webhookUrl, channel }) => ({
    send: (content, { call }) => {
      const message = renderWithin(content, renderMessage, (each) => JSON.stringify(each).length <= maxCharacters);
      return call({ url: webhookUrl.reveal(), json: { ...(channel !== undefined && { channel }), ...message } });
    },
  }),
});

function renderMessage(content: Content) {
  const { figures, facts, tone, links } = content;
  return {
    text: markdown.bold(markdown.escape(headlineOf(content))),
    attachments: [
      {
        color: toneColours[tone],
        title: withoutMentions(content.title),
        ...(links[0] === undefined ? {} : { title_link: links[0].url }),
        text: renderText(content, { format: markdown, without: ['headline', 'facts'] }),
        fields: [...figures, ...facts].map(({ name, value }) => ({
          title: name,
          value: markdown.escape(value),
          short: true,
        })),
      },
    ],
  };
}

/** The limit of requests is in the text: "You must wait 23 seconds before trying this endpoint again." */
function errorOf({ body, status }: Answer): ServiceError | undefined {
  const text = textOf(body['error']);
  if (status < 300 && body['success'] !== false) return undefined;
  const [, seconds] = /must wait (\d+) seconds/.exec(text ?? '') ?? [];
  const isLimited = seconds !== undefined || /too-many-requests/.test(text ?? '');
  return {
    text,
    afterMs: secondsToMs(seconds),
    ...(isLimited ? { verdict: 'retry' } : status < 300 && { verdict: 'drop' }),
  };
}

/** Mattermost: an incoming webhook. Source: https://developers.mattermost.com/integrate/webhooks/incoming/ */
import { z } from 'zod';
import { type Answer, type ServiceError, secondsToMs, textOf } from '../channel/call.ts';
import { requiredSecretUrl } from '../channel/channel-type.ts';
import { httpChannel } from '../channel/http-channel.ts';
import { type Content, headlineOf } from '../text/content.ts';
import { renderWithin } from '../text/fit.ts';
import { markdown, renderText, withoutMentions } from '../text/format.ts';
import { toneColours } from '../text/text.ts';

/** Characters of a post: https://docs.mattermost.com/administration-guide/configure/site-configuration-settings.html (16,383). */
const maxCharacters = 16_383;

export const mattermost = httpChannel({
  type: 'mattermost',
  secrets: { webhook_url: requiredSecretUrl("the incoming webhook's URL") },
  fields: {
    channel: z
      .string()
      .min(1)
      .optional()
      .describe("another channel than the webhook's, by the name in its URL, or `@user`"),
    username: z.string().min(1).optional().describe('the name that Mattermost shows, if the server allows it'),
  },
  messagesPerMinute: 60,
  groups: 'together',
  errorOf,
  connect: ({ webhookUrl, channel, username }) => ({
    send: (content, { call }) => {
      const attachment = renderWithin(
        content,
        renderAttachment,
        (each) => JSON.stringify(each).length <= maxCharacters,
      );
      const json = { ...(channel !== undefined && { channel }), ...(username !== undefined && { username }) };
      return call({ url: webhookUrl.reveal(), json: { ...json, attachments: [attachment] } });
    },
  }),
});

function renderAttachment(content: Content) {
  const { figures, facts, tone, links } = content;
  return {
    fallback: withoutMentions(headlineOf(content)),
    color: toneColours[tone],
    title: withoutMentions(headlineOf(content)),
    ...(links[0] === undefined ? {} : { title_link: links[0].url }),
    text: renderText(content, { format: markdown, without: ['headline', 'facts'] }),
    fields: [...figures, ...facts].map(({ name, value }) => ({
      title: name,
      value: markdown.escape(value),
      short: true,
    })),
  };
}

/** Source: https://developers.mattermost.com/api-documentation/ (errors, rate limiting: seconds until the limit is reset). */
function errorOf({ body, status, header }: Answer): ServiceError | undefined {
  if (status < 300) return undefined;
  return {
    text: textOf(body['message']),
    afterMs: status === 429 ? secondsToMs(header('x-ratelimit-reset')) : undefined,
  };
}

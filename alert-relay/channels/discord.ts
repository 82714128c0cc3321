/** Discord: a channel's webhook, whose messages are kept up to date. Source: https://docs.discord.com/developers/resources/webhook */
import { z } from 'zod';
import { type Answer, type CallRequest, type ServiceError, secondsToMs, textOf } from '../channel/call.ts';
import { requiredSecretUrl } from '../channel/channel-type.ts';
import { httpChannel, sendLive } from '../channel/http-channel.ts';
import { type Content, headlineOf } from '../text/content.ts';
import { cutText, renderWithin } from '../text/fit.ts';
import { markdown, renderText } from '../text/format.ts';
import { toneColours } from '../text/text.ts';

/**
 * Characters of an embed, and of its parts together. Source: https://docs.discord.com/developers/resources/message#embed-object-embed-limits
 */
const limits = {
  title: 256,
  description: 4_096,
  fieldName: 256,
  fieldValue: 1_024,
  fields: 25,
  total: 6_000,
  text: 2_000,
} as const;

export const discord = httpChannel({
  type: 'discord',
  secrets: { webhook_url: requiredSecretUrl("the webhook's URL; `?thread_id=` chooses a thread") },
  fields: {
    username: z.string().min(1).max(80).optional().describe('the name that Discord shows; default: of the webhook'),
  },
  // 30 messages a minute to a channel, however many webhooks it has.
  messagesPerMinute: 30,
  picture: true,
  groups: 'updated',
  errorOf,
  connect({ webhookUrl, username }) {
    const url = (path: string): string => {
      const target = new URL(webhookUrl.reveal());
      target.pathname = `${target.pathname.replace(/\/+$/, '')}${path}`;
      if (path === '') target.searchParams.set('wait', 'true'); // the answer is the message, with its id
      return target.href;
    };
    const sender = { ...(username !== undefined && { username }), allowed_mentions: { parse: [] } };
    const edit = (receipt: string): Pick<CallRequest, 'url' | 'method'> => ({
      url: url(`/messages/${receipt}`),
      method: 'PATCH',
    });
    return {
      send: (content, delivery) =>
        sendLive(content, delivery, {
          post: () => ({ url: url(''), json: { ...sender, embeds: [embedOf(content)] } }),
          receiptOf: ({ id }) => textOf(id),
          edit: (_, receipt) => ({
            ...edit(receipt),
            json: { embeds: [embedOf(content)], allowed_mentions: { parse: [] } },
          }),
          reply: (text, { title }) => ({
            url: url(''),
            json: {
              ...sender,
              content: cutText(`**${markdown.escape(cutText(title, 200))}** ${markdown.escape(text)}`, limits.text),
            },
          }),
        }),
      addPicture: ({ png, fileName, receipt }, call) => {
        const file = { field: 'files[0]', fileName, contentType: 'image/png', content: png };
        return call({ ...edit(receipt), form: { payload_json: '{}' }, file });
      },
    };
  },
});

function embedOf(content: Content) {
  return renderWithin(content, renderEmbed, (embed) => {
    const texts = [embed.title, embed.description, ...embed.fields.flatMap(({ name, value }) => [name, value])];
    return embed.description.length <= limits.description && texts.join('').length <= limits.total;
  });
}

function renderEmbed(content: Content) {
  return {
    title: cutText(markdown.escape(headlineOf(content)), limits.title),
    color: Number.parseInt(toneColours[content.tone].slice(1), 16),
    description: renderText(content, { format: markdown, without: ['headline', 'facts'] }),
    fields: [...content.figures, ...content.facts].slice(0, limits.fields).map(({ name, value }) => ({
      name: cutText(markdown.escape(name), limits.fieldName),
      value: cutText(markdown.escape(value), limits.fieldValue),
      inline: true,
    })),
  };
}

/** Source: https://docs.discord.com/developers/topics/rate-limits and .../opcodes-and-status-codes#json */
function errorOf({ body, status }: Answer): ServiceError | undefined {
  if (status < 300) return undefined;
  const unknownMessage = 10_008;
  return {
    text: textOf(body['message']),
    afterMs: secondsToMs(body['retry_after']),
    ...(body['code'] === unknownMessage && { verdict: 'gone' }),
  };
}

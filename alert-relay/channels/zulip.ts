/** Zulip: a bot's messages to a channel. An episode is one topic. Source: https://zulip.com/api/send-message */
import { z } from 'zod';
import { type Answer, type ServiceError, secondsToMs, textOf } from '../channel/call.ts';
import { requiredSecret, webUrlField } from '../channel/channel-type.ts';
import { httpChannel } from '../channel/http-channel.ts';
import type { Content } from '../text/content.ts';
import { cutText, renderWithin } from '../text/fit.ts';
import { looseMarkdown, renderText } from '../text/format.ts';

/** Characters: https://zulip.com/api/register-queue (`max_message_length`, `max_topic_length`). */
const limits = { content: 10_000, topic: 60 } as const;

export const zulip = httpChannel({
  type: 'zulip',
  secrets: { api_key: requiredSecret("the bot's API key") },
  fields: {
    url: webUrlField.describe('the organization, such as `https://example.zulipchat.com`'),
    email: z.string().min(3).describe("the bot's email address"),
    channel: z.string().min(1).describe('the channel (formerly stream)'),
    topic: z
      .string()
      .min(1)
      .max(limits.topic)
      .optional()
      .describe("one topic for all alerts; default: the alert's title"),
  },
  // 200 requests a minute to a user: https://zulip.com/api/rest-error-handling#rate-limit-exceeded
  messagesPerMinute: 100,
  picture: true,
  groups: 'together',
  errorOf,
  connect({ url, email, apiKey, channel, topic }) {
    const credentials = Buffer.from(`${email}:${apiKey.reveal()}`).toString('base64');
    const headers = { Authorization: `Basic ${credentials}` };
    const message = (title: string, content: string) => ({
      url: `${url}/api/v1/messages`,
      headers,
      form: { type: 'stream', to: channel, topic: topic ?? cutText(title, limits.topic), content },
    });
    return {
      send: (content, { call }) => {
        const render = (shorter: Content): string => renderText(shorter, { format: looseMarkdown });
        return call(
          message(
            content.title,
            renderWithin(content, render, (text) => text.length <= limits.content),
          ),
        );
      },
      async addPicture({ png, fileName, content }, call) {
        const file = { field: 'filename', fileName, contentType: 'image/png', content: png };
        const uploaded = await call({ url: `${url}/api/v1/user_uploads`, headers, form: {}, file });
        if (uploaded.kind !== 'ok') return uploaded;
        const path = textOf(uploaded.body['url']) ?? textOf(uploaded.body['uri']) ?? '';
        return call(message(content.title, `[${fileName}](${path})`));
      },
    };
  },
});

/** Source: https://zulip.com/api/rest-error-handling; the rate limit is `retry-after` in seconds, with a fraction. */
function errorOf({ body, status }: Answer): ServiceError | undefined {
  if (status < 300 && body['result'] === 'success') return undefined;
  return { text: textOf(body['msg']), afterMs: secondsToMs(body['retry-after']) };
}

/** ntfy: push notifications by ntfy.sh or a server like it. Source: https://docs.ntfy.sh/publish/ */
import { z } from 'zod';
import { type Answer, type ServiceError, textOf } from '../channel/call.ts';
import { optionalSecret, webUrlFieldOr } from '../channel/channel-type.ts';
import { httpChannel } from '../channel/http-channel.ts';
import { type Content, urgencyOf } from '../text/content.ts';
import { byteLength, cutText, renderWithin } from '../text/fit.ts';
import { plainText, renderText } from '../text/format.ts';

/** Bytes of a message; a longer one becomes a file. Three buttons. Source: https://docs.ntfy.sh/publish/#limitations */
const limits = { messageBytes: 4_096, actions: 3, title: 200 } as const;

/** 1 to 5: https://docs.ntfy.sh/publish/#message-priority */
const priorities = { critical: 5, warning: 4, notice: 3, resolved: 3 } as const;

/** Names of emojis: https://docs.ntfy.sh/emojis/ */
const tags = {
  critical: 'rotating_light',
  warning: 'warning',
  notice: 'information_source',
  resolved: 'white_check_mark',
} as const;

export const ntfy = httpChannel({
  type: 'ntfy',
  secrets: { token: optionalSecret('an access token (`tk_...`) of a server with access control') },
  fields: {
    url: webUrlFieldOr('https://ntfy.sh').describe('the server'),
    topic: z
      .string()
      .regex(/^[-_A-Za-z0-9]{1,64}$/, 'a topic of letters, digits, - and _ (64 at most)')
      .describe('the topic; on a public server everyone who knows the name can read it'),
  },
  // 60 requests at once, then one every 5 s: https://docs.ntfy.sh/config/#rate-limiting
  messagesPerMinute: 12,
  picture: true,
  groups: 'together',
  errorOf,
  connect({ url, topic, token }) {
    const headers: Readonly<Record<string, string>> =
      token === undefined ? {} : { Authorization: `Bearer ${token.reveal()}` };
    return {
      send: (content, { call }) => call({ url: `${url}/`, headers, json: { topic, ...bodyOf(content) } }),
      addPicture: ({ png, fileName, content }, call) =>
        call({
          url: `${url}/${topic}`,
          method: 'PUT',
          headers: {
            ...headers,
            Title: encodeHeader(content.title),
            Filename: fileName,
            Priority: 'min',
            'Content-Type': 'image/png',
          },
          bytes: png,
        }),
    };
  },
});

function bodyOf(content: Content) {
  const { tone, status, title, links } = content;
  const [first, ...others] = links.filter(({ url }) => url.length <= 2_000);
  const render = (shorter: Content): string =>
    renderText(shorter, { format: plainText, without: ['headline', 'links'] }) || shorter.title;
  return {
    title: cutText(`${status}: ${title}`, limits.title),
    message: renderWithin(content, render, (text) => byteLength(text) <= limits.messageBytes),
    priority: priorities[urgencyOf(content)],
    tags: [tags[tone]],
    ...(first === undefined ? {} : { click: first.url }),
    actions: others.slice(0, limits.actions).map(({ label, url }) => ({ action: 'view', label, url })),
  };
}

/** RFC 2047, which ntfy decodes: https://docs.ntfy.sh/publish/#message-title */
function encodeHeader(text: string): string {
  return `=?UTF-8?B?${Buffer.from(cutText(text, limits.title)).toString('base64')}?=`;
}

function errorOf({ body, status }: Answer): ServiceError | undefined {
  return status < 300 ? undefined : { text: textOf(body['error']) };
}

/**
 * Feishu and Lark: a custom bot of a group, with signed requests. Source: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
 */
import { createHmac } from 'node:crypto';
import { type Answer, joinTexts, type ServiceError } from '../channel/call.ts';
import { optionalSecret, requiredSecretUrl } from '../channel/channel-type.ts';
import { httpChannel } from '../channel/http-channel.ts';
import { type Content, headlineOf } from '../text/content.ts';
import { byteLength, renderWithin } from '../text/fit.ts';
import { markdown, renderLines, type TextFormat } from '../text/format.ts';

/** Bytes of a request: 20 KB, by the bot's page. The signature needs some of them. */
const maxBytes = 20_000 - 300;

const colours = { critical: 'red', warning: 'orange', notice: 'blue', resolved: 'green' } as const;

export const feishu = httpChannel({
  type: 'feishu',
  secrets: {
    webhook_url: requiredSecretUrl("the bot's webhook URL (`open.feishu.cn` or `open.larksuite.com`)"),
    secret: optionalSecret('the key of "Signature verification", if it is on'),
  },
  fields: {},
  // 100 a minute, 5 a second to a bot, by the bot's page.
  messagesPerMinute: 100,
  groups: 'together',
  errorOf,
  connect: ({ webhookUrl, secret }, now) => ({
    send: (content, { call }) => {
      const timestamp = String(Math.floor(now() / 1_000));
      const signature = secret === undefined ? {} : { timestamp, sign: signFeishu(secret.reveal(), timestamp) };
      const fits = (card: object): boolean => byteLength(JSON.stringify(card)) <= maxBytes;
      const card = renderWithin(content, renderCard, fits);
      return call({ url: webhookUrl.reveal(), json: { ...signature, msg_type: 'interactive', card } });
    },
  }),
});

/** The key of the HMAC is the timestamp and the secret; the message is empty. */
function signFeishu(secret: string, timestamp: string): string {
  return createHmac('sha256', `${timestamp}\n${secret}`).digest('base64');
}

function renderCard(content: Content) {
  const { tone, lead, advice, figures, facts, links } = content;
  const lines = renderLines(content, cardMarkdown);
  const texts = [lead, advice].filter((text) => text !== undefined && text !== '');
  return {
    config: { wide_screen_mode: true },
    header: { title: { tag: 'plain_text', content: headlineOf(content) }, template: colours[tone] },
    elements: [
      ...texts.map((text) => ({ tag: 'div', text: { tag: 'plain_text', content: text } })),
      {
        tag: 'div',
        fields: [...figures, ...facts].map(({ name, value }) => field(`**${name}**\n${cardMarkdown.escape(value)}`)),
      },
      ...(lines.length === 0 ? [] : [{ tag: 'div', text: { tag: 'lark_md', content: lines.join('\n') } }]),
      ...(links.length === 0 ? [] : [{ tag: 'action', actions: links.map(button) }]),
    ],
  };
}

function field(content: string) {
  return { is_short: true, text: { tag: 'lark_md', content } };
}

function button({ label, url }: Content['links'][number]) {
  return { tag: 'button', text: { tag: 'plain_text', content: label }, url, type: 'default' };
}

/** Signs with a meaning become HTML entities. Source: https://open.feishu.cn/document/common-capabilities/message-card (Markdown) */
const cardMarkdown: TextFormat = {
  ...markdown,
  escape: escapeEntities,
  link: (label, url) => `[${escapeEntities(label)}](${url})`,
};

function escapeEntities(text: string): string {
  return text.replaceAll(/[&<>*_~`[\]()#@|\\]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Errors come with HTTP 200 or 400 and a code that is not 0. 11232: too many requests of the whole tenant. */
function errorOf({ body, status }: Answer): ServiceError | undefined {
  const code = body['code'] ?? body['StatusCode'];
  if (status < 300 && code === 0) return undefined;
  const shown = joinTexts(code, body['msg'] ?? body['StatusMessage']);
  const text = shown === undefined ? undefined : `code ${shown}`;
  if (code === 11_232 || code === 230_020) return { text, verdict: 'retry', afterMs: 1_000 };
  return {
    text,
    ...(typeof code === 'number' && status < 500 && status !== 429 && { verdict: code === 2_200 ? 'retry' : 'drop' }),
  };
}

/** Google Chat: a space's webhook. An episode is one thread. Source: https://developers.google.com/workspace/chat/quickstart/webhooks */
import { type Answer, objectOf, type ServiceError, textOf } from '../channel/call.ts';
import { requiredSecretUrl } from '../channel/channel-type.ts';
import { httpChannel } from '../channel/http-channel.ts';
import { type Content, headlineOf } from '../text/content.ts';
import { byteLength, renderWithin } from '../text/fit.ts';
import { htmlText, renderLines } from '../text/format.ts';
import type { Fact } from '../text/text.ts';

/** Bytes of a message with its cards: https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages#Message */
const maxBytes = 32_000;

export const googlechat = httpChannel({
  type: 'googlechat',
  secrets: { webhook_url: requiredSecretUrl("the webhook's URL, with `key` and `token`") },
  fields: {},
  // One request a second to a space: https://developers.google.com/workspace/chat/limits
  messagesPerMinute: 60,
  groups: 'together',
  errorOf,
  connect: ({ webhookUrl }) => ({
    async send(content, { call, previous }) {
      const threadKey = previous ?? `hostpulse.${content.key}`;
      const url = new URL(webhookUrl.reveal());
      url.searchParams.set('messageReplyOption', 'REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD');
      const fits = (message: object): boolean => byteLength(JSON.stringify(message)) <= maxBytes;
      const json = { ...renderWithin(content, renderMessage, fits), thread: { threadKey } };
      const called = await call({ url: url.href, json });
      return called.kind === 'ok' ? { kind: 'ok', receipt: threadKey } : called;
    },
  }),
});

/** Cards instead of text: a text could contain mentions, such as `<users/all>`, which cannot be escaped. */
function renderMessage(content: Content) {
  const { lead, advice, figures, facts, links } = content;
  const paragraphs = [lead, advice]
    .filter((text) => text !== undefined && text !== '')
    .map((text) => paragraph(text ?? ''));
  const lines = renderLines(content, htmlText);
  const buttons = links.map(({ label, url }) => ({ text: label, onClick: { openLink: { url } } }));
  const widgets = [
    ...paragraphs,
    ...[...figures, ...facts].map(decorated),
    ...(lines.length === 0 ? [] : [{ textParagraph: { text: lines.join('<br>') } }]),
    ...(buttons.length === 0 ? [] : [{ buttonList: { buttons } }]),
  ];
  const card = { header: { title: headlineOf(content) }, sections: [{ widgets }] };
  return { fallbackText: headlineOf(content), cardsV2: [{ cardId: 'alert', card }] };
}

function paragraph(text: string) {
  return { textParagraph: { text: htmlText.escape(text).replaceAll('\n', '<br>') } };
}

function decorated({ name, value }: Fact) {
  return { decoratedText: { topLabel: name, text: htmlText.escape(value), wrapText: true } };
}

/** Source: https://developers.google.com/workspace/chat/api/reference/rest (google.rpc.Status) */
function errorOf({ body, status }: Answer): ServiceError | undefined {
  return status < 300 ? undefined : { text: textOf(objectOf(body['error'])['message']) };
}

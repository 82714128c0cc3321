/** Telegram: a bot's messages, kept up to date in place. Source: https://core.telegram.org/bots/api */
import { z } from 'zod';
import {
  type Answer,
  type Call,
  type CallRequest,
  type Json,
  joinTexts,
  objectOf,
  type ServiceError,
  secondsToMs,
  textOf,
} from '../channel/call.ts';
import { requiredSecret, webUrlFieldOr } from '../channel/channel-type.ts';
import { httpChannel, sendLive } from '../channel/http-channel.ts';
import type { Content } from '../text/content.ts';
import { cutText, renderWithin } from '../text/fit.ts';
import { htmlText, renderText } from '../text/format.ts';

/** Characters of a message, and of a caption: https://core.telegram.org/bots/api#sendmessage and #sendphoto */
const maxText = 4_096;
const maxCaption = 1_024;

export const telegram = httpChannel({
  type: 'telegram',
  secrets: { token: requiredSecret("the bot's token") },
  fields: {
    chat_id: z
      .union([z.string().min(1), z.int()], 'the id of a chat, or @name of a channel')
      .transform(String)
      .describe('the id of the chat (negative for groups), or `@name` of a channel'),
    thread_id: z.int('the number of a topic').optional().describe('the topic of a forum'),
    api_url: webUrlFieldOr('https://api.telegram.org').describe("another server of Telegram's Bot API"),
  },
  // 20 messages a minute to a group: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
  messagesPerMinute: 20,
  picture: true,
  groups: 'updated',
  errorOf,
  connect({ token, chatId, threadId, apiUrl }) {
    /** A group that becomes a supergroup gets another id, which the error of the first request contains. */
    let chat = chatId;
    const url = (method: string): string => `${apiUrl}/bot${token.reveal()}/${method}`;
    const place = () => ({ chat_id: chat, ...(threadId !== undefined && { message_thread_id: threadId }) });
    return {
      send(content, delivery) {
        const post = (): CallRequest => ({ url: url('sendMessage'), json: { ...place(), ...bodyOf(content) } });
        const call: Call = async (request) => {
          const called = await delivery.call(request);
          const moved = called.kind === 'gone' ? objectOf(called.body['parameters'])['migrate_to_chat_id'] : undefined;
          if (moved === undefined) return called;
          chat = joinTexts(moved) ?? chat;
          return delivery.previous === undefined ? delivery.call(post()) : called;
        };
        const live = {
          post,
          receiptOf: ({ result }: Json) => receiptOf(objectOf(result)),
          edit: (_: Content, receipt: string) => ({
            url: url('editMessageText'),
            json: { ...parseReceipt(receipt), ...bodyOf(content) },
          }),
          reply: (text: string, _: Content, receipt: string) => ({
            url: url('sendMessage'),
            json: { ...place(), text: cutText(text, maxText), ...replyTo(receipt) },
          }),
        };
        return sendLive(content, { ...delivery, call }, live);
      },
      addPicture: ({ png, fileName, receipt, content }, call) => {
        const { reply_parameters: reply } = replyTo(receipt);
        const form = {
          chat_id: chat,
          caption: cutText(content.title, maxCaption),
          reply_parameters: JSON.stringify(reply),
        };
        const topic = threadId === undefined ? {} : { message_thread_id: String(threadId) };
        const file = { field: 'photo', fileName, contentType: 'image/png', content: png };
        return call({ url: url('sendPhoto'), form: { ...form, ...topic }, file });
      },
    };
  },
});

function bodyOf(content: Content) {
  const render = (shorter: Content): string => renderText(shorter, { format: htmlText });
  const text = renderWithin(content, render, (html) => html.length <= maxText);
  return { text, parse_mode: 'HTML', link_preview_options: { is_disabled: true } };
}

function receiptOf({ chat, message_id: id }: Json): string | undefined {
  return typeof id === 'number' ? `${joinTexts(objectOf(chat)['id'])}:${id}` : undefined;
}

function parseReceipt(receipt: string): { readonly chat_id: string; readonly message_id: number } {
  const at = receipt.lastIndexOf(':');
  return { chat_id: receipt.slice(0, at), message_id: Number(receipt.slice(at + 1)) };
}

/** The reply is sent also if the message was deleted. */
function replyTo(receipt: string) {
  return { reply_parameters: { message_id: parseReceipt(receipt).message_id, allow_sending_without_reply: true } };
}

/** Source: https://core.telegram.org/bots/api#making-requests and #responseparameters */
function errorOf({ body, status }: Answer): ServiceError | undefined {
  if (body['ok'] === true) return undefined;
  const text = textOf(body['description']);
  if (text === undefined) return status < 300 ? { text: 'no answer of Telegram' } : undefined;
  if (/message is not modified/.test(text)) return { verdict: 'ok' };
  const { retry_after: after, migrate_to_chat_id: moved } = objectOf(body['parameters']);
  const isGone = moved !== undefined || /message (?:to edit not found|can't be edited)/.test(text);
  return { text, afterMs: secondsToMs(after), ...(isGone && { verdict: 'gone' }) };
}

/** KakaoWork: a bot's messages of blocks, or an incoming webhook. Source: https://docs.kakaoi.ai/kakao_work/webapireference/messages/ */
import { z } from 'zod';
import { type Answer, joinTexts, objectOf, type ServiceError } from '../channel/call.ts';
import { optionalSecret, optionalSecretUrl, webUrlFieldOr } from '../channel/channel-type.ts';
import { httpChannel } from '../channel/http-channel.ts';
import { type Content, headlineOf } from '../text/content.ts';
import { cutText, renderWithin } from '../text/fit.ts';
import { plainText, renderText } from '../text/format.ts';

/** Characters of blocks: https://docs.kakaoi.ai/kakao_work/blockkit/ (pages of the blocks). */
const limits = { header: 20, text: 500, button: 20 } as const;

/** The webhook's limit is not documented: short texts are safe. */
const maxHookText = 1_000;

const styles = { critical: 'red', warning: 'yellow', notice: 'blue', resolved: 'blue' } as const;

export const kakaowork = httpChannel({
  type: 'kakaowork',
  secrets: {
    webhook_url: optionalSecretUrl('the URL of an incoming webhook, which takes text only'),
    app_key: optionalSecret("a bot's app key instead, with `conversation_id`"),
  },
  fields: {
    conversation_id: z
      .union([z.string().min(1), z.int()], 'the id of a chat room')
      .transform(String)
      .optional()
      .describe("the chat room's id, for a bot"),
    api_url: webUrlFieldOr('https://api.kakaowork.com').describe('another server with the same API'),
  },
  messagesPerMinute: 60,
  groups: 'together',
  check({ webhookUrl, appKey, conversationId }, fail) {
    if (webhookUrl !== undefined && appKey !== undefined) fail('app_key', 'webhook_url or app_key, not both');
    else if (webhookUrl === undefined && appKey === undefined)
      fail('webhook_url', 'webhook_url, or app_key and conversation_id');
    else if ((appKey === undefined) !== (conversationId === undefined))
      fail('conversation_id', 'app_key and conversation_id together');
  },
  errorOf,
  connect: ({ webhookUrl, appKey, conversationId, apiUrl }) => ({
    send: (content, { call }) => {
      if (webhookUrl !== undefined)
        return call({ url: webhookUrl.reveal(), json: { text: textWithin(content, maxHookText) } });
      const headers = { Authorization: `Bearer ${appKey?.reveal() ?? ''}` };
      const message = { text: headlineOf(content), blocks: blocksOf(content) };
      return call({
        url: `${apiUrl}/v1/messages.send`,
        headers,
        json: { conversation_id: conversationId, ...message },
      });
    },
  }),
});

function textWithin(content: Content, limit: number): string {
  const render = (shorter: Content): string => renderText(shorter, { format: plainText });
  return renderWithin(content, render, (text) => text.length <= limit);
}

function blocksOf(content: Content) {
  const { tone, status, links } = content;
  const { lines } = content;
  const facts = renderWithin(
    content,
    (shorter) => renderText(shorter, { format: plainText, without: ['headline', 'lead', 'advice', 'lines', 'links'] }),
    (text) => text.length <= limits.text,
  );
  const intro = renderWithin(
    content,
    (shorter) => renderText(shorter, { format: plainText, without: ['facts', 'lines', 'links'] }),
    (text) => text.length <= limits.text,
  );
  const members = renderWithin(
    content,
    (shorter) => renderText(shorter, { format: plainText, without: ['headline', 'lead', 'advice', 'facts', 'links'] }),
    (text) => text.length <= limits.text,
  );
  return [
    { type: 'header', text: cutText(status, limits.header), style: styles[tone] },
    { type: 'text', text: intro },
    { type: 'text', text: facts },
    ...(lines.length === 0 ? [] : [{ type: 'text', text: members }]),
    ...links
      .filter(({ url }) => url.length <= 1_000)
      .map(({ label, url }) => ({
        type: 'button',
        text: cutText(label, limits.button),
        style: 'default',
        action: { type: 'open_system_browser', name: label.toLowerCase(), value: url },
      })),
  ];
}

/** Errors come with HTTP 200, `success: false` and a code: https://docs.kakaoi.ai/kakao_work/webapireference/ */
function errorOf({ body, status }: Answer): ServiceError | undefined {
  const { code, message } = objectOf(body['error']);
  const text = joinTexts(code, message);
  if (status < 300) {
    if (body['success'] !== false) return undefined;
    return { text, verdict: /internal|limit|too_many|unavailable/.test(text ?? '') ? 'retry' : 'drop' };
  }
  return { text };
}

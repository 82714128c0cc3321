/** WeCom (WeChat Work): a robot of a group. Source: https://developer.work.weixin.qq.com/document/path/91770 */
import { createHash } from 'node:crypto';
import { type Answer, type ServiceError, textOf } from '../channel/call.ts';
import { requiredSecretUrl } from '../channel/channel-type.ts';
import { httpChannel } from '../channel/http-channel.ts';
import type { Content } from '../text/content.ts';
import { byteLength, renderWithin } from '../text/fit.ts';
import { looseMarkdown, renderText } from '../text/format.ts';

/** Bytes of a Markdown message. A picture has 2 MB at most, before Base64. */
const maxBytes = 4_096;

/** The limit is for a minute. */
const limitedMs = 60_000;

export const wecom = httpChannel({
  type: 'wecom',
  secrets: { webhook_url: requiredSecretUrl("the robot's webhook URL, with `key`") },
  fields: {},
  // 20 a minute to a robot, pictures included.
  messagesPerMinute: 20,
  picture: true,
  groups: 'together',
  errorOf,
  connect: ({ webhookUrl }) => ({
    send: (content, { call }) => {
      const render = (shorter: Content): string => renderText(shorter, { format: looseMarkdown });
      const text = renderWithin(content, render, (each) => byteLength(each) <= maxBytes);
      return call({ url: webhookUrl.reveal(), json: { msgtype: 'markdown', markdown: { content: text } } });
    },
    addPicture: ({ png }, call) => {
      const image = { base64: png.toString('base64'), md5: createHash('md5').update(png).digest('hex') };
      return call({ url: webhookUrl.reveal(), json: { msgtype: 'image', image } });
    },
  }),
});

/**
 * Errors come with HTTP 200 and an `errcode` that is not 0. -1: the system is busy. 45009: too many messages.
 * Source: https://developer.work.weixin.qq.com/document/path/90313
 */
function errorOf({ body, status }: Answer): ServiceError | undefined {
  const { errcode: code } = body;
  if (status < 300 && code === 0) return undefined;
  if (typeof code !== 'number') return status < 300 ? { text: 'no answer of WeCom' } : undefined;
  const text = `errcode ${code} (${textOf(body['errmsg']) ?? 'no text'})`;
  if (code === 45_009) return { text, verdict: 'retry', afterMs: limitedMs };
  return { text, verdict: code === -1 ? 'retry' : 'drop' };
}

/** DingTalk: a custom robot of a group, with signed requests. Source: https://open.dingtalk.com/document/robots/custom-robot-access */
import { createHmac } from 'node:crypto';
import { type Answer, type ServiceError, textOf } from '../channel/call.ts';
import { optionalSecret, requiredSecretUrl } from '../channel/channel-type.ts';
import { httpChannel } from '../channel/http-channel.ts';
import { type Content, headlineOf } from '../text/content.ts';
import { byteLength, renderWithin } from '../text/fit.ts';
import { looseMarkdown, renderText } from '../text/format.ts';

/** Bytes of a request. */
const maxBytes = 20_000;

/** A robot that exceeds its rate is blocked for up to ten minutes. One attempt a minute finds out when that is over. */
const limitedMs = 60_000;

export const dingtalk = httpChannel({
  type: 'dingtalk',
  secrets: {
    webhook_url: requiredSecretUrl("the robot's webhook URL, with `access_token`"),
    secret: optionalSecret('the secret of "Additional signature" (`SEC...`), if it is chosen'),
  },
  fields: {},
  // 20 a minute to a group: https://open.dingtalk.com/document/robots/custom-robot-access
  messagesPerMinute: 20,
  groups: 'together',
  errorOf,
  connect: ({ webhookUrl, secret }, now) => ({
    send: (content, { call }) => {
      const url = new URL(webhookUrl.reveal());
      if (secret !== undefined) {
        const timestamp = String(now());
        url.searchParams.set('timestamp', timestamp);
        url.searchParams.set('sign', signDingtalk(secret.reveal(), timestamp));
      }
      const fits = (message: object): boolean => byteLength(JSON.stringify(message)) <= maxBytes;
      return call({ url: url.href, json: renderWithin(content, renderMessage, fits) });
    },
  }),
});

function signDingtalk(secret: string, timestamp: string): string {
  return createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');
}

function renderMessage(content: Content) {
  const text = renderText(content, { format: { ...looseMarkdown, lineBreak: '  \n' } });
  return { msgtype: 'markdown', markdown: { title: headlineOf(content), text } };
}

/**
 * Errors come with any HTTP status and an `errcode` that is not 0. -1: the system is busy. 130101: more than 20 messages a minute.
 * 90030: too many calls.
 */
function errorOf({ body, status }: Answer): ServiceError | undefined {
  const { errcode: code } = body;
  if (status < 300 && code === 0) return undefined;
  if (typeof code !== 'number') return status < 300 ? { text: 'no answer of DingTalk' } : undefined;
  const text = `errcode ${code} (${textOf(body['errmsg']) ?? 'no text'})`;
  if (code === 130_101 || code === 90_030) return { text, verdict: 'retry', afterMs: limitedMs };
  return { text, verdict: code === -1 ? 'retry' : 'drop' };
}

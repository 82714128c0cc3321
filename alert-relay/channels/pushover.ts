/** Pushover: push notifications, which can repeat until they are acknowledged. Source: https://pushover.net/api */
import { z } from 'zod';
import { type Answer, type Called, joinTexts, type ServiceError, secondsToMs, textOf } from '../channel/call.ts';
import { requiredSecret, webUrlFieldOr } from '../channel/channel-type.ts';
import { type Delivery, httpChannel, type Sent } from '../channel/http-channel.ts';
import { type Content, urgencyOf } from '../text/content.ts';
import { cutText, renderWithin } from '../text/fit.ts';
import { htmlText, renderText } from '../text/format.ts';

/** Characters: https://pushover.net/api#limits */
const limits = { message: 1_024, title: 250, url: 512 } as const;

/** `-2` to `2`: https://pushover.net/api#priority */
const priorities = { critical: 1, warning: 0, notice: 0, resolved: 0 } as const;
const emergencyPriority = 2;

export const pushover = httpChannel({
  type: 'pushover',
  secrets: {
    token: requiredSecret("the application's API token"),
    user_key: requiredSecret('the key of the user or group'),
  },
  fields: {
    device: z.string().min(1).optional().describe('only these devices, separated by commas'),
    sound: z.string().min(1).optional().describe('the name of a sound'),
    emergency: z
      .boolean('true or false')
      .default(false)
      .describe('whether critical alerts repeat until they are acknowledged in the app, or resolved'),
    retry_seconds: z
      .int('a whole number from 30 to 10800')
      .min(30, 'a whole number from 30 to 10800')
      .max(10_800, 'a whole number from 30 to 10800')
      .default(60)
      .describe('how often an emergency is repeated'),
    expire_seconds: z
      .int('a whole number from 30 to 10800')
      .min(30, 'a whole number from 30 to 10800')
      .max(10_800, 'a whole number from 30 to 10800')
      .default(3_600)
      .describe('how long an emergency is repeated'),
    api_url: webUrlFieldOr('https://api.pushover.net').describe('another server with the same API'),
  },
  // Two connections at once, 10,000 messages a month: https://pushover.net/api#friendly
  messagesPerMinute: 30,
  picture: true,
  groups: 'together',
  errorOf,
  connect({ token, userKey, device, sound, emergency, retrySeconds, expireSeconds, apiUrl }) {
    const secrets = (): Readonly<Record<string, string>> => ({ token: token.reveal(), user: userKey.reveal() });
    const chosen = { ...(device !== undefined && { device }), ...(sound !== undefined && { sound }) };
    const repeated = {
      priority: String(emergencyPriority),
      retry: String(retrySeconds),
      expire: String(expireSeconds),
    };

    /** A resolution or an acknowledgement ends the repetition. An emergency that has expired cannot be cancelled, which is no fault. */
    async function cancelEmergency({ call, previous }: Delivery): Promise<Called | undefined> {
      if (previous === undefined) return undefined;
      return call({ url: `${apiUrl}/1/receipts/${previous}/cancel.json`, form: { token: token.reveal() } });
    }

    async function send(content: Content, delivery: Delivery): Promise<Sent> {
      const isOver = !content.isFiring || content.ackNews?.kind === 'acknowledged';
      const cancelled = isOver ? await cancelEmergency(delivery) : undefined;
      if (cancelled?.kind === 'retry') return cancelled;
      const isEmergency = emergency && urgencyOf(content) === 'critical';
      const picture = await delivery.tryPicture();
      const form = { ...secrets(), ...chosen, ...formOf(content), ...(isEmergency && repeated) };
      const file = picture && {
        field: 'attachment',
        fileName: 'alert.png',
        contentType: 'image/png',
        content: picture.png,
      };
      const url = `${apiUrl}/1/messages.json`;
      const called = await delivery.call(file === undefined ? { url, form } : { url, form, file });
      return called.kind === 'ok' ? { kind: 'ok', receipt: textOf(called.body['receipt']) } : called;
    }

    return { send };
  },
});

function formOf(content: Content): Readonly<Record<string, string>> {
  const { status, title, links, startsAtMs } = content;
  const [first] = links.filter(({ url }) => url.length <= limits.url);
  const format = { format: htmlText, without: ['headline'] } as const;
  const render = (shorter: Content): string =>
    renderText({ ...shorter, links: shorter.links.filter(({ url }) => url !== first?.url) }, format) || shorter.title;
  return {
    title: cutText(`${status}: ${title}`, limits.title),
    message: renderWithin(content, render, (text) => text.length <= limits.message),
    html: '1',
    priority: String(priorities[urgencyOf(content)]),
    timestamp: String(Math.floor(startsAtMs / 1_000)),
    ...(first === undefined ? {} : { url: first.url, url_title: first.label }),
  };
}

/** 429: the messages of the month are used up. The header is the time of the next month's: https://pushover.net/api#limits */
function errorOf({ body, status, header }: Answer, nowMs: number): ServiceError | undefined {
  if (status < 300 && body['status'] === 1) return undefined;
  const { errors } = body;
  const text = joinTexts(...(Array.isArray(errors) ? errors : []));
  const resetMs = status === 429 ? secondsToMs(header('x-limit-app-reset')) : undefined;
  return { text, ...(resetMs !== undefined && { afterMs: Math.max(0, resetMs - nowMs) }) };
}

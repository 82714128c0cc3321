/** Sends signed JSON in a POST request to a webhook. */
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Channel, ChannelOutcome, DeliveryContext } from '../channel/channel.ts';
import { isWebUrl, messagesPerMinuteField, secretFields, timeoutField, tryReadSecret } from '../channel/fields.ts';
import { classifyStatus, post } from '../channel/http-post.ts';
import type { Message } from '../text/message.ts';
import { renderWebhookBody } from './webhook-body.ts';

/** The URL is a secret too: many receivers' URLs contain a token. */
export const webhookSettings = z
  .strictObject({
    type: z.literal('webhook'),
    ...secretFields('url'),
    ...secretFields('secret'),
    timeout: timeoutField('10s'),
    messages_per_minute: messagesPerMinuteField.optional(),
  })
  .transform(({ type, timeout, messages_per_minute: messagesPerMinute, ...fields }, context) => {
    const url = tryReadSecret({ name: 'url', value: fields.url, file: fields.url_file }, context);
    const secret = tryReadSecret({ name: 'secret', value: fields.secret, file: fields.secret_file }, context);
    if (context.issues.length > 0) return z.NEVER;
    if (url === undefined || !isWebUrl(url.reveal())) {
      context.addIssue({ code: 'custom', path: ['url'], message: 'an http:// or https:// URL' });
      return z.NEVER;
    }
    return { type, url, secret, timeoutMs: timeout, messagesPerMinute };
  });

export type WebhookSettings = z.output<typeof webhookSettings>;

interface Signing {
  readonly secret: string;
  readonly timestampSeconds: number;
  readonly body: string;
}

/** Returns `v1=` and the hex HMAC-SHA256 of `<timestamp>.<body>`. The timestamp lets receivers reject replayed requests. */
export function signWebhook({ secret, timestampSeconds, body }: Signing): string {
  return `v1=${createHmac('sha256', secret).update(`${timestampSeconds}.${body}`).digest('hex')}`;
}

interface WebhookOptions {
  readonly name: string;
  readonly settings: WebhookSettings;
  readonly now: () => number;
}

export function createWebhookChannel({ name, settings, now }: WebhookOptions): Channel {
  async function deliver(message: Message, { signal }: DeliveryContext): Promise<ChannelOutcome> {
    const body = JSON.stringify(renderWebhookBody(message));
    const timestampSeconds = Math.floor(now() / 1_000);
    const headers: Record<string, string> = {
      'Content-Type': 'application/json',
      'Idempotency-Key': String(message.id),
      'X-Hostpulse-Timestamp': String(timestampSeconds),
    };
    if (settings.secret !== undefined)
      headers['X-Hostpulse-Signature'] = signWebhook({ secret: settings.secret.reveal(), timestampSeconds, body });
    const { url, timeoutMs } = settings;
    const posted = await post({ url: url.reveal(), body, headers, timeoutMs, signal, now, answer: 'ignored' });
    return posted.kind === 'retry' ? posted : classifyStatus(posted.status, posted.afterMs);
  }

  return { name, messagesPerMinute: settings.messagesPerMinute, deliver };
}

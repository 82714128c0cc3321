/** The webhook channel: signed JSON by POST to any receiver. */
import { createHmac } from 'node:crypto';
import axios from 'axios';
import { z } from 'zod';
import { type DeliveryOutcome, parseRetryAfter } from '../../common/program/outcome.ts';
import { parseDuration } from '../../common/program/quantity.ts';
import type { Message } from '../message.ts';
import type { Channel } from './channel.ts';
import { secretFields, tryReadSecret } from './secret-field.ts';
import { renderWebhookBody } from './webhook-body.ts';

/** The URL is a secret too: many receivers put their token into it. */
export const webhookSettings = z
  .strictObject({
    type: z.literal('webhook'),
    ...secretFields('url'),
    ...secretFields('secret'),
    timeout: z
      .string()
      .default('10s')
      .transform((text) => parseDuration(text) ?? 0)
      .refine((timeoutMs) => timeoutMs > 0, 'a duration such as 10s'),
  })
  .transform(({ type, timeout, ...fields }, context) => {
    const url = tryReadSecret({ name: 'url', value: fields.url, file: fields.url_file }, context);
    const secret = tryReadSecret({ name: 'secret', value: fields.secret, file: fields.secret_file }, context);
    if (context.issues.length > 0) return z.NEVER;
    const protocol = URL.parse(url?.reveal() ?? '')?.protocol;
    if (url === undefined || (protocol !== 'http:' && protocol !== 'https:')) {
      context.addIssue({ code: 'custom', path: ['url'], message: 'an http:// or https:// URL' });
      return z.NEVER;
    }
    return { type, url, secret, timeoutMs: timeout };
  });

export type WebhookSettings = z.output<typeof webhookSettings>;

interface Signing {
  readonly secret: string;
  readonly timestampSeconds: number;
  readonly body: string;
}

/** `v1=` and the HMAC-SHA256, in hex, of `<timestamp>.<body>`: the timestamp lets a receiver refuse old copies. */
export function signWebhook({ secret, timestampSeconds, body }: Signing): string {
  return `v1=${createHmac('sha256', secret).update(`${timestampSeconds}.${body}`).digest('hex')}`;
}

interface WebhookOptions {
  readonly name: string;
  readonly settings: WebhookSettings;
  readonly clock: () => number;
}

export function createWebhookChannel({ name, settings, clock }: WebhookOptions): Channel {
  async function deliver(message: Message, signal: AbortSignal): Promise<DeliveryOutcome> {
    const body = JSON.stringify(renderWebhookBody(message));
    const timestampSeconds = Math.floor(clock() / 1_000);
    const headers: Record<string, string> = {
      'Content-Type': 'application/json',
      'User-Agent': 'hostpulse-relay',
      'Idempotency-Key': String(message.id),
      'X-Hostpulse-Timestamp': String(timestampSeconds),
    };
    if (settings.secret !== undefined)
      headers['X-Hostpulse-Signature'] = signWebhook({ secret: settings.secret.reveal(), timestampSeconds, body });
    return post(settings, { body, headers, signal, clock });
  }

  return { name, deliver };
}

interface Posting {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly clock: () => number;
}

async function post(
  { url, timeoutMs }: WebhookSettings,
  { body, headers, signal, clock }: Posting,
): Promise<DeliveryOutcome> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeoutMs);
  try {
    const response = await axios.post<NodeJS.ReadableStream & { destroy(): void }>(url.reveal(), body, {
      headers,
      signal: AbortSignal.any([limit.signal, signal]),
      maxRedirects: 0, // a destination comes from the configuration, not from whoever answers
      responseType: 'stream', // the status says it all; the body may be of any size
      validateStatus: () => true,
    });
    response.data.destroy();
    const after: unknown = response.headers['retry-after'];
    return classifyStatus(response.status, typeof after === 'string' ? parseRetryAfter(after, clock()) : undefined);
  } catch (error) {
    if (limit.signal.aborted) return { kind: 'retry', reason: `no answer within ${timeoutMs / 1_000} s` };
    if (signal.aborted) return { kind: 'retry', reason: 'the relay stops' };
    const code = (error as { code?: unknown } | null)?.code;
    return { kind: 'retry', reason: typeof code === 'string' ? code : 'the connection failed' };
  } finally {
    clearTimeout(timer);
  }
}

/** 4xx answers that say "not now" rather than "never": RFC 9110 section 15.5.9, RFC 8470 section 5.2, RFC 6585 section 4. */
const laterStatuses: readonly number[] = [408, 425, 429];

export function classifyStatus(status: number, afterMs: number | undefined): DeliveryOutcome {
  if (status >= 200 && status < 300) return { kind: 'ok' };
  if (status >= 300 && status < 400)
    return { kind: 'drop', reason: `HTTP ${status}: redirects are not followed; configure the final URL` };
  const reason = `HTTP ${status}`;
  if (status < 500 && !laterStatuses.includes(status)) return { kind: 'drop', reason };
  return afterMs === undefined ? { kind: 'retry', reason } : { kind: 'retry', reason, afterMs };
}

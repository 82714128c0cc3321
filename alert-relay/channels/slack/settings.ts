/** Defines the settings of a Slack channel: an incoming webhook, or a bot token and a channel. */
import { z } from 'zod';
import {
  isWebUrl,
  messagesPerMinuteField,
  pictureField,
  secretFields,
  timeoutField,
  tryReadSecret,
} from '../../channel/fields.ts';

const httpUrl = z
  .string()
  .refine(isWebUrl, 'an http:// or https:// URL')
  .transform((text) => text.replace(/\/+$/, ''));

export const slackSettings = z
  .strictObject({
    type: z.literal('slack'),
    ...secretFields('webhook_url'),
    ...secretFields('token'),
    channel: z.string().min(1, "a channel's id, or its name with #").optional(),
    // GovSlack: https://slack-gov.com/api
    api_url: httpUrl.default('https://slack.com/api'),
    timeout: timeoutField('10s'),
    // Slack's limit for a channel: https://docs.slack.dev/apis/web-api/rate-limits
    messages_per_minute: messagesPerMinuteField.default(60),
    picture: pictureField.optional(),
  })
  .transform(({ type, channel, api_url: apiUrl, timeout, messages_per_minute, ...fields }, context) => {
    const fail = (field: string, message: string): never => {
      context.addIssue({ code: 'custom', path: [field], message });
      return z.NEVER;
    };
    const url = { name: 'webhook_url', value: fields.webhook_url, file: fields.webhook_url_file };
    const webhookUrl = tryReadSecret(url, context);
    const token = tryReadSecret({ name: 'token', value: fields.token, file: fields.token_file }, context);
    if (context.issues.length > 0) return z.NEVER;
    const common = { type, timeoutMs: timeout, messagesPerMinute: messages_per_minute };
    if (webhookUrl !== undefined) {
      if (token !== undefined) return fail('token', 'webhook_url or token, not both');
      if (channel !== undefined) return fail('channel', 'no channel: a webhook_url has its own');
      if (fields.picture === true)
        return fail('picture', 'no picture: a webhook_url cannot upload one; token and channel can');
      if (!isWebUrl(webhookUrl.reveal())) return fail('webhook_url', 'an http:// or https:// URL');
      return { ...common, mode: 'webhook' as const, webhookUrl };
    }
    if (token === undefined) return fail('webhook_url', 'webhook_url, or token and channel');
    if (channel === undefined) return fail('channel', "a channel's id, or its name with #, beside token");
    return { ...common, mode: 'bot' as const, token, channel, apiUrl, picture: fields.picture ?? true };
  });

export type SlackSettings = z.output<typeof slackSettings>;
export type SlackBotSettings = Extract<SlackSettings, { mode: 'bot' }>;
export type SlackWebhookSettings = Extract<SlackSettings, { mode: 'webhook' }>;

/** Slack by an incoming webhook: it can post, and neither change nor thread what it posted. */
import type { Channel, ChannelOutcome, DeliveryContext } from '../../channel/channel.ts';
import { classifyStatus, post } from '../../channel/http-post.ts';
import { tryErrorName } from './api.ts';
import { renderMessagePayload, type SlackPayload } from './blocks.ts';
import { renderGroupPayload } from './group-blocks.ts';
import type { SlackWebhookSettings } from './settings.ts';

interface SlackWebhookOptions {
  readonly name: string;
  readonly settings: SlackWebhookSettings;
  readonly now: () => number;
}

export function createSlackWebhookChannel({ name, settings, now }: SlackWebhookOptions): Channel {
  const { webhookUrl, timeoutMs, messagesPerMinute } = settings;

  async function send(payload: SlackPayload, { signal }: DeliveryContext): Promise<ChannelOutcome> {
    const posted = await post({
      url: webhookUrl.reveal(),
      body: JSON.stringify({ ...payload, unfurl_links: false, unfurl_media: false }),
      headers: { 'Content-Type': 'application/json; charset=utf-8' },
      timeoutMs,
      signal,
      now,
      answer: 'text',
    });
    return posted.kind === 'retry' ? posted : classifyWebhookAnswer(posted);
  }

  return {
    name,
    messagesPerMinute,
    deliver: (message, context) => send(renderMessagePayload(message), context),
    groups: { canUpdate: false, deliver: (group, context) => send(renderGroupPayload(group), context) },
  };
}

interface WebhookAnswer {
  readonly status: number;
  readonly afterMs: number | undefined;
  readonly text: string;
}

/** Slack answers the text `ok`, and an error's name otherwise: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
function classifyWebhookAnswer({ status, afterMs, text }: WebhookAnswer): ChannelOutcome {
  const outcome = classifyStatus(status, afterMs);
  if (outcome.kind === 'ok')
    return text.trim() === 'ok' ? outcome : { kind: 'retry', reason: `HTTP ${status} without Slack's ok` };
  const error = tryErrorName(text);
  return error === undefined ? outcome : { ...outcome, reason: `${outcome.reason}: ${error}` };
}

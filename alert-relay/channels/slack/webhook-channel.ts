/** The Slack channel with an incoming webhook: it posts messages, but cannot update or thread them. */
import type { Channel, ChannelOutcome, DeliveryContext } from '../../channel/channel.ts';
import { classifyStatus, post } from '../../channel/http-post.ts';
import { tryErrorName } from './api.ts';
import { renderGroupPayload, renderMessagePayload, type SlackPayload } from './blocks.ts';
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

/**
 * Slack responds with the text `ok` or with the name of an error. Compatible servers, such as Mattermost's, respond with other
 * texts; every 2xx is a delivery. Source: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
function classifyWebhookAnswer({ status, afterMs, text }: WebhookAnswer): ChannelOutcome {
  const outcome = classifyStatus(status, afterMs);
  const error = tryErrorName(text);
  return outcome.kind === 'ok' || error === undefined ? outcome : { ...outcome, reason: `${outcome.reason}: ${error}` };
}

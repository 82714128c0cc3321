/** The list of channel types and their settings. */
import { z } from 'zod';
import type { Channel } from '../channel/channel.ts';
import { createEmailChannel } from './email/channel.ts';
import { emailSettings } from './email/settings.ts';
import { createSlackBotChannel } from './slack/bot-channel.ts';
import { slackSettings } from './slack/settings.ts';
import { createSlackWebhookChannel } from './slack/webhook-channel.ts';
import { createWebhookChannel, webhookSettings } from './webhook.ts';

export const channelSettings = z.discriminatedUnion('type', [slackSettings, emailSettings, webhookSettings]);

export type ChannelSettings = z.output<typeof channelSettings>;

interface ChannelOptions {
  readonly name: string;
  readonly settings: ChannelSettings;
  readonly now: () => number;
}

export function createChannel({ name, settings, now }: ChannelOptions): Channel {
  switch (settings.type) {
    case 'slack':
      return settings.mode === 'bot'
        ? createSlackBotChannel({ name, settings, now })
        : createSlackWebhookChannel({ name, settings, now });
    case 'email':
      return createEmailChannel({ name, settings });
    case 'webhook':
      return createWebhookChannel({ name, settings, now });
  }
}

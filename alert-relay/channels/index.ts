/** The list of channel types. */
import { z } from 'zod';
import type { Channel } from './channel.ts';
import { createWebhookChannel, webhookSettings } from './webhook.ts';

export const channelSettings = z.discriminatedUnion('type', [webhookSettings]);

export type ChannelSettings = z.output<typeof channelSettings>;

interface ChannelOptions {
  readonly name: string;
  readonly settings: ChannelSettings;
  readonly clock: () => number;
}

export function createChannel({ name, settings, clock }: ChannelOptions): Channel {
  switch (settings.type) {
    case 'webhook':
      return createWebhookChannel({ name, settings, clock });
  }
}

/** Lists the channel types, and defines the setting `channels`: a map by name in the config file, or YAML text in the environment. */
import { z } from 'zod';
import type { SettingType } from '../../common/program/settings/setting-type.ts';
import { renderDuration } from '../../common/program/settings/units.ts';
import type { Channel } from '../channel/channel.ts';
import { parseWithSchema } from '../settings/schema-type.ts';
import { createEmailChannel } from './email/channel.ts';
import { emailSettings, renderAddress } from './email/settings.ts';
import { createSlackBotChannel } from './slack/bot-channel.ts';
import { slackSettings } from './slack/settings.ts';
import { createSlackWebhookChannel } from './slack/webhook-channel.ts';
import { createWebhookChannel, webhookSettings } from './webhook.ts';

export const channelSettings = z.discriminatedUnion('type', [slackSettings, emailSettings, webhookSettings]);

export type ChannelSettings = z.output<typeof channelSettings>;

/** Channel names are used as metric label values, database keys and log fields. */
const channelName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, 'a name of letters, digits, - and _ (63 at most)')
  .refine((name) => name !== 'default', 'another name: "default" means every channel');

const channelMap = z.record(channelName, channelSettings);

export type ChannelMap = z.output<typeof channelMap>;

export const channelsType: SettingType<ChannelMap> = {
  placeholder: 'yaml',
  parse: (raw) => parseWithSchema(channelMap, raw),
  print: (channels) => Object.fromEntries(Object.entries(channels).map(([name, each]) => [name, printChannel(each)])),
};

/** Prints settings in the spelling of the config file. Secrets are masked. */
function printChannel({ timeoutMs, ...settings }: ChannelSettings): unknown {
  const {
    ca: _text,
    mode: _mode,
    from,
    to,
    ...fields
  } = { ca: undefined, mode: undefined, from: undefined, to: undefined, ...settings };
  const named = Object.entries(fields).map(([name, value]) => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ]);
  const addresses = {
    ...(from === undefined ? {} : { from: renderAddress(from) }),
    ...(to === undefined ? {} : { to: to.map(renderAddress) }),
  };
  const printed = { ...Object.fromEntries(named), ...addresses, timeout: renderDuration(timeoutMs) };
  return JSON.parse(JSON.stringify(printed)) as unknown;
}

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

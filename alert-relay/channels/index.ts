/** Lists the channel types, and defines the setting `channels`: a map by name in the config file, or YAML text in the environment. */
import { z } from 'zod';
import type { SettingType } from '../../common/program/settings/setting-type.ts';
import { renderDuration } from '../../common/program/settings/units.ts';
import type { Channel } from '../channel/channel.ts';
import type { ChannelOptions, ChannelType } from '../channel/channel-type.ts';
import { parseWithSchema } from '../settings/schema-type.ts';
import { custom } from './custom.ts';
import { dingtalk } from './dingtalk.ts';
import { discord } from './discord.ts';
import { createEmailChannel } from './email/channel.ts';
import { emailSettings, printRecipient, renderAddress } from './email/settings.ts';
import { feishu } from './feishu.ts';
import { goalert } from './goalert.ts';
import { googlechat } from './googlechat.ts';
import { gotify } from './gotify.ts';
import { kakaowork } from './kakaowork.ts';
import { matrix } from './matrix.ts';
import { mattermost } from './mattermost.ts';
import { naverworks } from './naverworks.ts';
import { ntfy } from './ntfy.ts';
import { opsgenie } from './opsgenie.ts';
import { pagerduty } from './pagerduty.ts';
import { pushover } from './pushover.ts';
import { rocketchat } from './rocketchat.ts';
import { createSlackBotChannel } from './slack/bot-channel.ts';
import { slackSettings } from './slack/settings.ts';
import { createSlackWebhookChannel } from './slack/webhook-channel.ts';
import { teams } from './teams.ts';
import { telegram } from './telegram.ts';
import { createWebhookChannel, webhookSettings } from './webhook.ts';
import { wecom } from './wecom.ts';
import { zulip } from './zulip.ts';

const slack: ChannelType<z.output<typeof slackSettings>> = {
  type: 'slack',
  groups: 'updated',
  settings: slackSettings,
  create: ({ settings, ...options }) =>
    settings.mode === 'bot'
      ? createSlackBotChannel({ ...options, settings })
      : createSlackWebhookChannel({ ...options, settings }),
};

const email: ChannelType<z.output<typeof emailSettings>> = {
  type: 'email',
  groups: 'together',
  settings: emailSettings,
  create: createEmailChannel,
};

const webhook: ChannelType<z.output<typeof webhookSettings>> = {
  type: 'webhook',
  groups: 'separate',
  settings: webhookSettings,
  create: createWebhookChannel,
};

/** In the order of docs/channels.md. */
export const channelTypes = [
  slack,
  email,
  webhook,
  telegram,
  discord,
  teams,
  mattermost,
  rocketchat,
  googlechat,
  ntfy,
  gotify,
  pushover,
  pagerduty,
  opsgenie,
  goalert,
  matrix,
  feishu,
  dingtalk,
  wecom,
  kakaowork,
  naverworks,
  zulip,
  custom,
] as const;

export type ChannelSettings = z.output<(typeof channelTypes)[number]['settings']>;

const schemas = channelTypes.map(({ settings }) => settings as unknown as typeof slackSettings);

export const channelSettings = z.discriminatedUnion(
  'type',
  schemas as [typeof slackSettings],
) as unknown as z.ZodType<ChannelSettings>;

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
  const absent = { ca: undefined, mode: undefined, from: undefined, to: undefined, replyTo: undefined };
  const { ca: _text, mode: _mode, from, to, replyTo, ...fields } = { ...absent, ...settings };
  const named = Object.entries(fields).map(([name, value]) => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ]);
  const addresses = {
    ...(from === undefined ? {} : { from: renderAddress(from) }),
    ...(to === undefined ? {} : { to: to.map(printRecipient) }),
    ...(replyTo === undefined ? {} : { reply_to: renderAddress(replyTo) }),
  };
  const printed = { ...Object.fromEntries(named), ...addresses, timeout: renderDuration(timeoutMs) };
  return JSON.parse(JSON.stringify(printed)) as unknown;
}

export function createChannel({ name, settings, now }: ChannelOptions<ChannelSettings>): Channel {
  const found = channelTypes.find(({ type }) => type === settings.type);
  if (found === undefined) throw new Error(`no channel type ${settings.type}`);
  return (found as unknown as ChannelType<ChannelSettings>).create({ name, settings, now });
}

/** The kind of the setting `channels`: a map by name in YAML, the same as YAML text in the environment. */
import { z } from 'zod';
import type { SettingType } from '../../common/program/settings/setting-type.ts';
import { renderDuration } from '../../common/program/settings/units.ts';
import { parseWithSchema } from '../settings/schema-type.ts';
import { renderAddress } from './email/address.ts';
import { type ChannelSettings, channelSettings } from './index.ts';

/** A name becomes a metric label, a column and a log field. */
const channelName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, 'a name of letters, digits, - and _ (63 at most)')
  .refine((name) => name !== 'default', 'another name: "default" means every channel');

const channelMap = z.record(channelName, channelSettings);

export type ChannelMap = z.output<typeof channelMap>;

export const channelsKind: SettingType<ChannelMap> = {
  placeholder: 'yaml',
  parse: (raw) => parseWithSchema(channelMap, raw),
  print: (channels) => Object.fromEntries(Object.entries(channels).map(([name, each]) => [name, printChannel(each)])),
};

/** As the file has it: its spelling of names, durations spelt out; a `Secret` masks itself. */
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

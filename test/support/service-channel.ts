/** Creates a channel from settings in the spelling of the config file. */
import type { Channel } from '../../alert-relay/channel/channel.ts';
import { channelsType, createChannel } from '../../alert-relay/channels/index.ts';

export interface ServiceChannelOptions {
  readonly now: () => number;
  readonly timeoutMs?: number | undefined;
}

/** Throws an Error with the faults of the settings. */
export function createServiceChannel(tree: object, { now, timeoutMs }: ServiceChannelOptions): Channel {
  const parsed = channelsType.parse({ ops: tree });
  if (!('value' in parsed) || parsed.value['ops'] === undefined) throw new Error(JSON.stringify(parsed));
  const settings = parsed.value['ops'];
  return createChannel({ name: 'ops', settings: { ...settings, timeoutMs: timeoutMs ?? settings.timeoutMs }, now });
}

/** Defines lists of channels, whose entries may name a rota: `[team, {oncall: ops}]`. */
import { z } from 'zod';
import { onCallEntry, tryRotaName } from './rota.ts';

/** The schema of a channel list. An entry `{oncall: NAME}` becomes the text of `onCallEntry`. */
export const channelList = z.array(
  z.union(
    [
      z.string().refine((name) => tryRotaName(name) === undefined, 'the name of a channel, or {oncall: NAME}'),
      z.strictObject({ oncall: z.string() }).transform(({ oncall }) => onCallEntry(oncall)),
    ],
    'the name of a channel, or {oncall: NAME}',
  ),
  'a list of channels',
);

/** Returns the list as in the configuration file. */
export function printChannelList(entries: readonly string[]): readonly unknown[] {
  return entries.map((entry) => {
    const name = tryRotaName(entry);
    return name === undefined ? entry : { oncall: name };
  });
}

/** Defines the type of the setting `escalations`: a map by name to lists of steps. */
import { z } from 'zod';
import type { SettingType } from '../../common/program/settings/setting-type.ts';
import { parseDuration, renderDuration } from '../../common/program/settings/units.ts';
import { channelList, printChannelList } from './channel-list.ts';
import { parseWithSchema } from './schema-type.ts';

export interface EscalationStep {
  /** Time from the first firing. */
  readonly afterMs: number;
  /** Channels, and rotas as `onCallEntry`. */
  readonly channels: readonly string[];
}

/** Steps by the name of the escalation, in the order of their time. */
export type Escalations = Readonly<Record<string, readonly EscalationStep[]>>;

const maxAfterMs = 30 * 86_400_000;
const maxSteps = 20;

const after = z
  .string('a duration such as 10m')
  .transform((text) => parseDuration(text) ?? 0)
  .refine((afterMs) => afterMs >= 1_000 && afterMs <= maxAfterMs, 'a duration from 1s to 30d, such as 10m');

const step = z
  .strictObject({
    after,
    channels: channelList.min(1, 'at least one channel'),
    unless: z.literal('acknowledged', 'acknowledged').default('acknowledged'),
  })
  .transform(({ after: afterMs, channels }): EscalationStep => ({ afterMs, channels }));

const steps = z
  .array(step, 'a list of steps')
  .min(1, 'at least one step')
  .max(maxSteps, `at most ${maxSteps} steps`)
  .superRefine((all, context) => {
    for (const [at, each] of all.entries()) {
      const before = all[at - 1];
      if (before !== undefined && each.afterMs <= before.afterMs)
        context.addIssue({
          code: 'custom',
          path: [at, 'after'],
          message: `more than ${renderDuration(before.afterMs)}, which is the time of the step before`,
        });
    }
  });

const escalationName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, 'a name of letters, digits, - and _ (63 at most)');

const escalationMap = z.record(escalationName, steps);

export const escalationsType: SettingType<Escalations> = {
  placeholder: 'yaml',
  parse: (raw) => parseWithSchema(escalationMap, raw),
  print: (escalations) =>
    Object.fromEntries(
      Object.entries(escalations).map(([name, all]) => [
        name,
        all.map(({ afterMs, channels }) => ({
          after: renderDuration(afterMs),
          channels: printChannelList(channels),
          unless: 'acknowledged',
        })),
      ]),
    ),
};

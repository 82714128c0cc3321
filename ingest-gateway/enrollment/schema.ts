/** Schemas of the calls that add hosts. */
import { z } from 'zod';
import { hostName } from '../schema/fields.ts';
import { platforms } from './agents.ts';

/** Labels of all series of a host, besides `job` and `instance`. */
export const hostLabels = z
  .record(
    z
      .string()
      .regex(
        /^(?!__|(?:job|instance)$)[a-zA-Z_][a-zA-Z0-9_]{0,127}$/,
        'expected a label name other than job, instance and __*',
      ),
    z
      .string()
      .min(1, 'expected a text that is not empty')
      .regex(/^\P{Cc}{1,256}$/u, 'expected 1 to 256 characters without control characters'),
  )
  .refine((labels) => Object.keys(labels).length <= 20, 'expected at most 20 labels')
  .meta({ description: 'Labels for every series of the host.', examples: [{ env: 'prod' }] });

export const newHost = z.strictObject({ host: hostName, labels: hostLabels.default({}) });

export const agentStates = z.object({
  /** Version of the gateway. */
  version: z.string(),
  agents: z.array(
    z.object({
      platform: z.enum(platforms),
      state: z.enum(['ready', 'building', 'failed', 'missing']),
      version: z.string().optional(),
      sha256: z.string().optional(),
      detail: z.string().optional(),
    }),
  ),
});

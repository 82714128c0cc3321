/** What a rule may name under `channels`. */
import { z } from 'zod';
import { tryRelayChannels } from '../../../common/store/relay-state.ts';
import { requireUnbound } from '../../auth/host-scope.ts';
import { defineRoute, ok } from '../route.ts';

export const alertChannels = defineRoute({
  name: 'alert-channels',
  methods: ['GET'],
  path: '/api/v1/alerts/channels',
  scope: 'read',
  summary: "Names of the relay's channels, as of its last start or reload",
  parameters: z.strictObject({}),
  answer: z.object({
    channels: z
      .array(z.string())
      .optional()
      .meta({ description: 'Absent where no relay ever ran over the same database.' }),
  }),
  async handle({ principal }, { db }) {
    requireUnbound(principal);
    const channels = await tryRelayChannels(db);
    return ok(channels === undefined ? {} : { channels: [...channels] });
  },
});

/** Lists the channels that a rule can name. */
import { z } from 'zod';
import { tryRelayChannels } from '../../../common/store/relay-records.ts';
import { defineRoute, ok } from '../route.ts';

export const alertChannels = defineRoute({
  name: 'alert-channels',
  methods: ['GET'],
  path: '/api/v1/alerts/channels',
  scope: 'read',
  hosts: 'all',
  summary: 'Channels of the alert relay, as of its last start or reload',
  parameters: z.strictObject({}),
  response: z.object({
    channels: z.array(z.string()).optional().meta({ description: 'Absent if no relay has used the same database.' }),
  }),
  async handle(_request, { db }) {
    const channels = await tryRelayChannels(db);
    return ok(channels === undefined ? {} : { channels: [...channels] });
  },
});

/** Returns a silence. */
import { z } from 'zod';
import { requireSilence } from '../../silences/access.ts';
import { silence } from '../../silences/schema.ts';
import { defineRoute, ok } from '../route.ts';

export const silenceId = z
  .uuid('expected the id of a silence')
  .meta({ description: 'The `id` of the silence in Alertmanager.' });

export const silenceRead = defineRoute({
  name: 'silence',
  methods: ['GET'],
  path: '/api/v1/silences/{id}',
  scope: 'read',
  summary: 'A silence, also an expired one until Alertmanager deletes it',
  parameters: z.strictObject({ id: silenceId }),
  response: silence,
  problems: [404, 422],
  async handle({ parameters: { id }, principal, signal }, { alertmanager }) {
    return ok(await requireSilence(alertmanager, { id, principal, signal }));
  },
});

/** Withdraws the acknowledgement of an alert. */
import { z } from 'zod';
import { withdrawAcknowledgement } from '../../../common/store/acknowledgements.ts';
import { requireEpisode, requireOpen } from '../../query/visible-episode.ts';
import { holderName, holderNote } from '../../schema/acknowledgement.ts';
import { defineRoute, ok } from '../route.ts';
import { episodeId } from './alerts.ts';

export const alertUnack = defineRoute({
  name: 'alert-unack',
  methods: ['DELETE'],
  path: '/api/v1/alerts/{id}/ack',
  scope: 'admin',
  summary: 'Withdraw the acknowledgement of a firing alert',
  description: 'Reminders continue, and each channel that has the alert is notified. A repeated call changes nothing.',
  parameters: z.strictObject({
    id: episodeId,
    name: holderName.optional().meta({ description: 'Who withdraws. Default: the name of the credential.' }),
    note: holderNote.optional(),
  }),
  response: z.object({ id: z.number(), result: z.enum(['withdrawn', 'unchanged']) }),
  problems: [404, 409],
  async handle({ parameters: { id, name, note }, principal }, { db, now }) {
    requireOpen(await requireEpisode(db, id, principal));
    const by = name ?? principal?.name ?? 'hostpulse';
    const results = await withdrawAcknowledgement(db, { episodeIds: [id], by, note, nowMs: now() });
    const result: 'withdrawn' | 'unchanged' = results.get(id) === 'withdrawn' ? 'withdrawn' : 'unchanged';
    return ok({ id, result });
  },
});

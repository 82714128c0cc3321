/** Acknowledges an alert. */
import { z } from 'zod';
import { acknowledge } from '../../../common/store/acknowledgements.ts';
import { maxJsonBytes, readJsonBody } from '../../http/request-input.ts';
import { requireEpisode, requireOpen } from '../../query/visible-episode.ts';
import { acknowledgement, holderName, holderNote } from '../../schema/acknowledgement.ts';
import { defineRoute, ok } from '../route.ts';
import { episodeId, renderAcknowledgement } from './alerts.ts';

const newAcknowledgement = z
  .strictObject({
    name: holderName.optional().meta({ description: 'Who has the alert. Default: the name of the credential.' }),
    note: holderNote.optional(),
  })
  .meta({ id: 'NewAcknowledgement' });

export const alertAck = defineRoute({
  name: 'alert-ack',
  methods: ['POST'],
  path: '/api/v1/alerts/{id}/ack',
  scope: 'admin',
  summary: 'Acknowledge a firing alert, or change the name and note of its acknowledgement',
  description:
    'Reminders and escalation stop until the alert is resolved, and each channel that has the alert is notified. A repeated call changes nothing.',
  parameters: z.strictObject({ id: episodeId }),
  body: {
    description: 'Name and note.',
    content: { 'application/json': newAcknowledgement },
    maxBytes: maxJsonBytes,
  },
  response: z.object({
    id: z.number(),
    result: z.enum(['acknowledged', 'changed', 'unchanged']).meta({
      description: '`changed`: the alert was acknowledged already, with another name or note.',
    }),
    acknowledgement,
  }),
  problems: [404, 408, 409],
  async handle({ parameters: { id }, principal, incoming }, { db, pipeline, now }) {
    const { name, note } = await readJsonBody(newAcknowledgement, { incoming, bodies: pipeline.bodies });
    requireOpen(await requireEpisode(db, id, principal));
    const by = name ?? principal?.name ?? 'hostpulse';
    const result = (await acknowledge(db, { episodeIds: [id], by, note, nowMs: now() })).get(id);
    const changed = await requireEpisode(db, id, principal);
    const current = renderAcknowledgement(changed);
    if (result === undefined || result === 'ended' || result === 'withdrawn' || current === undefined) {
      requireOpen(changed);
      throw new Error(`the alert ${id} was acknowledged and has no acknowledgement`);
    }
    return ok({ id, result, acknowledgement: current });
  },
});

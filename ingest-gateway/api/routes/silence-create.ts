/** A new silence, or one in place of another, in Alertmanager. */
import { z } from 'zod';
import { HttpProblem } from '../../../common/http/problem.ts';
import { maxJsonBytes, readJsonBody } from '../../http/json-body.ts';
import { requireSilence, requireSilenceHost } from '../../silences/access.ts';
import { postSilence, trySilence } from '../../silences/alertmanager.ts';
import { newSilence, silence } from '../../silences/schema.ts';
import { defineRoute } from '../route.ts';

export const silenceCreate = defineRoute({
  name: 'silence-create',
  methods: ['POST'],
  path: '/api/v1/silences',
  scope: 'admin',
  summary: 'Makes a silence in Alertmanager, or replaces the one of that id',
  description:
    'What Alertmanager refuses is 422 in its own words. A credential bound to a host makes silences that have the matcher instance="HOST".',
  parameters: z.strictObject({}),
  body: {
    description: 'Matchers, from when to when, and why.',
    content: { 'application/json': newSilence },
    maxBytes: maxJsonBytes,
  },
  answer: silence,
  success: 201,
  headers: { Location: 'Of the silence.' },
  refusals: [404, 408, 422],
  async handle({ principal, signal, incoming }, { alertmanager, intake, now }) {
    const { bodies } = intake;
    const asked = await readJsonBody(newSilence, { incoming, bodies });
    const matchers = asked.matchers ?? asked.filter ?? [];
    requireSilenceHost(principal, matchers);
    if (asked.id !== undefined) await requireSilence(alertmanager, { id: asked.id, principal, signal });
    const startsAtMs = asked.starts_at ?? now();
    const endsAtMs = asked.ends_at ?? startsAtMs + (asked.duration ?? 0);
    if (endsAtMs <= startsAtMs)
      throw new HttpProblem(400, 'the body is not valid', {
        errors: [
          { path: 'ends_at', message: `expected a time after the start, ${new Date(startsAtMs).toISOString()}` },
        ],
      });
    const createdBy = asked.created_by ?? principal?.name ?? 'hostpulse';
    const posted = { id: asked.id, matchers, startsAtMs, endsAtMs, createdBy, comment: asked.comment };
    const id = await postSilence(alertmanager, { silence: posted, signal });
    const made = await trySilence(alertmanager, { id, signal });
    if (made === undefined) throw new HttpProblem(503, `Alertmanager took the silence ${id} and has it no more`, retry);
    return { status: 201, body: made, headers: { Location: `/api/v1/silences/${id}` } };
  },
});

const retry = { headers: { 'Retry-After': '5' } };

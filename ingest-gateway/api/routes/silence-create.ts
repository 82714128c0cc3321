/** Creates or replaces a silence in Alertmanager. */
import { z } from 'zod';
import { HttpProblem } from '../../../common/http/problem.ts';
import { maxJsonBytes, readJsonBody } from '../../http/request-input.ts';
import { requireSilence, requireSilenceHost } from '../../silences/access.ts';
import { postSilence, trySilence } from '../../silences/alertmanager.ts';
import { newSilence, silence } from '../../silences/schema.ts';
import { defineRoute } from '../route.ts';

export const silenceCreate = defineRoute({
  name: 'silence-create',
  methods: ['POST'],
  path: '/api/v1/silences',
  scope: 'admin',
  summary: 'Create a silence in Alertmanager, or replace the silence with that id',
  description:
    'If Alertmanager refuses the silence, the problem 422 has its message. A credential that is bound to a host can only create silences with the matcher instance="HOST".',
  parameters: z.strictObject({}),
  body: {
    description: 'Matchers, start, end and comment of the silence.',
    content: { 'application/json': newSilence },
    maxBytes: maxJsonBytes,
  },
  response: silence,
  success: 201,
  headers: { Location: 'Path of the silence.' },
  problems: [404, 408, 422],
  async handle({ principal, signal, incoming }, { alertmanager, pipeline, now }) {
    const { bodies } = pipeline;
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
    const created = await trySilence(alertmanager, { id, signal });
    if (created === undefined)
      throw new HttpProblem(503, `Alertmanager accepted the silence ${id} but no longer has it`, retry);
    return { status: 201, body: created, headers: { Location: `/api/v1/silences/${id}` } };
  },
});

const retry = { headers: { 'Retry-After': '5' } };

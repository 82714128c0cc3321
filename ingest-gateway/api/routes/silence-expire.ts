/** Expires a silence. */
import { z } from 'zod';
import { HttpProblem } from '../../../common/http/problem.ts';
import { requireSilence } from '../../silences/access.ts';
import { expireSilence } from '../../silences/alertmanager.ts';
import { defineRoute } from '../route.ts';
import { silenceId } from './silence.ts';

export const silenceExpire = defineRoute({
  name: 'silence-expire',
  methods: ['DELETE'],
  path: '/api/v1/silences/{id}',
  scope: 'admin',
  summary: 'Expire a silence',
  parameters: z.strictObject({ id: silenceId }),
  response: z.undefined(),
  success: 204,
  problems: [404, 409, 422],
  async handle({ parameters: { id }, principal, signal }, { alertmanager }) {
    const { state, ends_at: endsAt } = await requireSilence(alertmanager, { id, principal, signal });
    if (state === 'expired') throw new HttpProblem(409, `the silence expired at ${endsAt}`);
    await expireSilence(alertmanager, { id, signal });
    return { status: 204, body: undefined };
  },
});

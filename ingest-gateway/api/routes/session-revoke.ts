/** Ends a session of the page. */
import { z } from 'zod';
import { HttpProblem } from '../../../common/http/problem.ts';
import { revokeSessions, sessionIdForm } from '../../../common/store/credentials/sessions.ts';
import { ownSessionsOf } from '../../auth/session-owner.ts';
import { defineRoute } from '../route.ts';

export const sessionId = z
  .string()
  .regex(sessionIdForm, 'expected the id of a session')
  .meta({ description: 'The `id` of the session.', examples: ['9f86d081884c7d65'] });

export const sessionRevoke = defineRoute({
  name: 'session-revoke',
  methods: ['DELETE'],
  path: '/api/v1/sessions/{id}',
  scope: 'read',
  summary: 'End a session of the page; without the scope admin, one of the same API key',
  parameters: z.strictObject({ id: sessionId }),
  response: z.undefined(),
  success: 204,
  problems: [404],
  async handle({ parameters: { id }, principal }, { db }) {
    if ((await revokeSessions(db, { id, ...ownSessionsOf(principal) })) === 0)
      throw new HttpProblem(404, `there is no session ${id}`);
    return { status: 204, body: undefined };
  },
});

/** Ends all sessions of the page: logs out everywhere. */
import { z } from 'zod';
import { revokeSessions } from '../../../common/store/credentials/sessions.ts';
import { ownSessionsOf } from '../../auth/session-owner.ts';
import { defineRoute, ok } from '../route.ts';

export const sessionsRevoke = defineRoute({
  name: 'sessions-revoke',
  methods: ['DELETE'],
  path: '/api/v1/sessions',
  scope: 'read',
  summary: "End all sessions of the page, the caller's too; without the scope admin, those of the same API key",
  parameters: z.strictObject({}),
  response: z.strictObject({ revoked: z.int().min(0) }),
  async handle({ principal }, { db }) {
    return ok({ revoked: await revokeSessions(db, ownSessionsOf(principal)) });
  },
});

/** Lists the sessions of the page. */
import { z } from 'zod';
import { scopes } from '../../../common/http/auth.ts';
import { listSessions } from '../../../common/store/credentials/sessions.ts';
import { ownSessionsOf } from '../../auth/session-owner.ts';
import { defineRoute, ok } from '../route.ts';
import { sessionId } from './session-revoke.ts';

const session = z
  .strictObject({
    id: sessionId,
    name: z.string().meta({ description: 'Name of the API key that opened the session, or `login link`.' }),
    scopes: z.array(z.enum(scopes)),
    host: z.string().optional().meta({ description: 'The only host whose data the session may read.' }),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
    is_current: z.boolean().meta({ description: 'Whether the call was made with this session.' }),
  })
  .meta({ id: 'Session' });

export const sessionsList = defineRoute({
  name: 'sessions-list',
  methods: ['GET'],
  path: '/api/v1/sessions',
  scope: 'read',
  summary: 'Sessions of the page, newest first; without the scope admin, those of the same API key',
  parameters: z.strictObject({}),
  response: z.strictObject({ sessions: z.array(session) }),
  async handle({ principal }, { db, now }) {
    const found = await listSessions(db, { ...ownSessionsOf(principal), nowMs: now() });
    const sessions = found.map(({ id, name, scopes: held, host, createdAtMs, expiresAtMs }) => ({
      id,
      name,
      scopes: [...held],
      ...(host === undefined ? {} : { host }),
      created_at: new Date(createdAtMs).toISOString(),
      expires_at: new Date(expiresAtMs).toISOString(),
      is_current: principal?.kind === 'session' && principal.id === id,
    }));
    return ok({ sessions });
  },
});

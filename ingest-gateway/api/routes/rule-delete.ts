/** Deletes an alert rule. */
import { z } from 'zod';
import { requireUnbound } from '../../auth/host-scope.ts';
import { defineRoute } from '../route.ts';
import { ruleId } from './rule.ts';

export const ruleDelete = defineRoute({
  name: 'rule-delete',
  methods: ['DELETE'],
  path: '/api/v1/alerts/rules/{id}',
  scope: 'admin',
  summary: 'Delete an alert rule; the response is sent once Prometheus no longer has it',
  parameters: z.strictObject({ id: ruleId }),
  response: z.undefined(),
  success: 204,
  problems: [404, 412],
  async handle({ parameters: { id }, principal, signal, incoming }, { rules }) {
    requireUnbound(principal);
    await rules.remove(id, { by: principal?.name ?? '', ifMatch: incoming.headers['if-match'], signal });
    return { status: 204, body: undefined };
  },
});

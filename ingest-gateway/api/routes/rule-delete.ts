/** Deletes an alert rule. */
import { z } from 'zod';
import { defineRoute } from '../route.ts';
import { ruleId } from './rule.ts';

export const ruleDelete = defineRoute({
  name: 'rule-delete',
  methods: ['DELETE'],
  path: '/api/v1/alerts/rules/{id}',
  scope: 'admin',
  hosts: 'all',
  summary: 'Delete an alert rule; the response is sent once Prometheus no longer has it',
  parameters: z.strictObject({ id: ruleId }),
  response: z.undefined(),
  success: 204,
  problems: [404, 412],
  async handle({ parameters: { id }, principal, signal, incoming }, { rules }) {
    await rules.remove(id, { by: principal?.name ?? '', ifMatch: incoming.headers['if-match'], signal });
    return { status: 204, body: undefined };
  },
});

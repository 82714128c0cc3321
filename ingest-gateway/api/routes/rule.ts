/** One alert rule. */
import { z } from 'zod';
import { requireUnbound } from '../../auth/host-scope.ts';
import { ruleIdForm } from '../../rules/edit/rule-text.ts';
import { alertRule, etagOf } from '../../rules/response.ts';
import { defineRoute } from '../route.ts';

export const ruleId = z
  .string()
  .regex(ruleIdForm, 'expected the id of a rule, such as rule-3f9a1c20')
  .meta({ description: 'As the call that made it answered.', examples: ['rule-3f9a1c20'] });

/** Of every answer that is one rule. */
export const ruleHeaders = { ETag: 'Its revision, for `If-Match`.' };

export const ruleRead = defineRoute({
  name: 'rule',
  methods: ['GET'],
  path: '/api/v1/alerts/rules/{id}',
  scope: 'read',
  summary: 'One alert rule',
  parameters: z.strictObject({ id: ruleId }),
  answer: alertRule,
  headers: ruleHeaders,
  refusals: [404],
  async handle({ parameters: { id }, principal, signal }, { rules }) {
    requireUnbound(principal);
    const body = await rules.read(id, signal);
    return { status: 200, body, headers: { ETag: etagOf(body) } };
  },
});

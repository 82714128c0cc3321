/** Returns an alert rule. */
import { z } from 'zod';
import { alertRule, etagOf } from '../../rules/rule/response.ts';
import { ruleIdForm } from '../../rules/rule/stored-rule.ts';
import { defineRoute } from '../route.ts';

export const ruleId = z
  .string()
  .regex(ruleIdForm, 'expected the id of a rule, such as rule-3f9a1c20')
  .meta({ description: 'The `id` of the rule.', examples: ['rule-3f9a1c20'] });

/** Headers of each response that is a rule. */
export const ruleHeaders = { ETag: 'Revision of the rule, for `If-Match`.' };

export const ruleRead = defineRoute({
  name: 'rule',
  methods: ['GET'],
  path: '/api/v1/alerts/rules/{id}',
  scope: 'read',
  hosts: 'all',
  summary: 'An alert rule',
  parameters: z.strictObject({ id: ruleId }),
  response: alertRule,
  headers: ruleHeaders,
  problems: [404],
  async handle({ parameters: { id }, signal }, { rules }) {
    const body = await rules.read(id, signal);
    return { status: 200, body, headers: { ETag: etagOf(body) } };
  },
});

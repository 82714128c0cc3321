/** Replaces an alert rule. */
import { z } from 'zod';
import { readJsonBody } from '../../http/request-input.ts';
import { alertRule, etagOf } from '../../rules/rule/response.ts';
import { newRule } from '../../rules/rule/schema.ts';
import { defineRoute } from '../route.ts';
import { ruleHeaders, ruleId } from './rule.ts';
import { dryRunParameter, dryRunStatus, ruleBody } from './rule-create.ts';

export const ruleUpdate = defineRoute({
  name: 'rule-update',
  methods: ['PUT'],
  path: '/api/v1/alerts/rules/{id}',
  scope: 'admin',
  hosts: 'all',
  summary: 'Replace an alert rule; the response is sent once Prometheus has evaluated it',
  description:
    'A call that fails changes nothing, as for a new rule. With `If-Match`: 412 if the rule was changed meanwhile.',
  parameters: z.strictObject({ id: ruleId, dry_run: dryRunParameter }),
  body: ruleBody,
  response: alertRule,
  headers: ruleHeaders,
  otherResponses: { 200: dryRunStatus },
  problems: [404, 408, 409, 412, 422],
  async handle({ parameters, principal, signal, incoming }, { rules, pipeline }) {
    const { id } = parameters;
    const rule = await readJsonBody(newRule, { incoming, bodies: pipeline.bodies });
    if (parameters.dry_run === true) {
      const current = await rules.read(id, signal);
      const tried = await rules.tryOut(rule, { ruleId: id, signal });
      return { status: 200, body: tried as never, headers: { ETag: etagOf(current) } };
    }
    const body = await rules.update(id, rule, {
      by: principal?.name ?? '',
      ifMatch: incoming.headers['if-match'],
      signal,
    });
    return { status: 200, body, headers: { ETag: etagOf(body) } };
  },
});

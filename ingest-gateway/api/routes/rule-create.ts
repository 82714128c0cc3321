/** A new alert rule, in Prometheus before it is answered; or what it would have done. */
import { z } from 'zod';
import { requireUnbound } from '../../auth/host-scope.ts';
import { maxJsonBytes, readJsonBody } from '../../http/json-body.ts';
import { dryRunResponse } from '../../rules/check/dry-run.ts';
import { alertRule, etagOf } from '../../rules/response.ts';
import { newRule } from '../../rules/schema.ts';
import { defineRoute } from '../route.ts';
import { ruleHeaders } from './rule.ts';

export const dryRunParameter = z
  .enum(['true', 'false'], { error: 'expected true or false' })
  .transform((text) => text === 'true')
  .optional()
  .meta({ description: 'Checks the rule and answers how often it would have fired; nothing is written.' });

export const dryRunStatus = { description: 'With `dry_run`: how often it would have fired.', answer: dryRunResponse };

export const ruleBody = {
  description: 'By a metric of the catalogue, or by PromQL.',
  content: { 'application/json': newRule },
  maxBytes: maxJsonBytes,
};

export const ruleCreate = defineRoute({
  name: 'rule-create',
  methods: ['POST'],
  path: '/api/v1/alerts/rules',
  scope: 'admin',
  summary: 'Makes an alert rule; answered once Prometheus has evaluated it',
  description:
    'Whatever fails leaves everything as it was: 422 for a fault of the rule, 503 when another rule file or Prometheus is at fault.',
  parameters: z.strictObject({ dry_run: dryRunParameter }),
  body: ruleBody,
  answer: alertRule,
  success: 201,
  headers: { ...ruleHeaders, Location: 'Of the rule.' },
  alsoAnswers: { 200: dryRunStatus },
  refusals: [408, 409, 422],
  async handle({ parameters, principal, signal, incoming }, { rules, intake }) {
    requireUnbound(principal);
    const rule = await readJsonBody(newRule, { incoming, bodies: intake.bodies });
    if (parameters.dry_run === true) return { status: 200, body: (await rules.tryOut(rule, { signal })) as never };
    const body = await rules.create(rule, { by: principal?.name ?? '', ifMatch: undefined, signal });
    return { status: 201, body, headers: { ETag: etagOf(body), Location: `/api/v1/alerts/rules/${body.id}` } };
  },
});

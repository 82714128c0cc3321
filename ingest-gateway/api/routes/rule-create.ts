/** Creates an alert rule, or tries it out. */
import { z } from 'zod';
import { maxJsonBytes, readJsonBody } from '../../http/request-input.ts';
import { dryRunResponse } from '../../rules/check/dry-run.ts';
import { alertRule, etagOf } from '../../rules/rule/response.ts';
import { newRule } from '../../rules/rule/schema.ts';
import { defineRoute } from '../route.ts';
import { ruleHeaders } from './rule.ts';

export const dryRunParameter = z
  .enum(['true', 'false'], { error: 'expected true or false' })
  .transform((text) => text === 'true')
  .optional()
  .meta({ description: 'Checks the rule and returns how often it would have fired; nothing is written.' });

export const dryRunStatus = {
  description: 'With `dry_run`: how often the rule would have fired.',
  response: dryRunResponse,
};

export const ruleBody = {
  description: 'A rule for a catalogue metric, or for a PromQL expression.',
  content: { 'application/json': newRule },
  maxBytes: maxJsonBytes,
};

export const ruleCreate = defineRoute({
  name: 'rule-create',
  methods: ['POST'],
  path: '/api/v1/alerts/rules',
  scope: 'admin',
  hosts: 'all',
  summary: 'Create an alert rule; the response is sent once Prometheus has evaluated it',
  description:
    'A call that fails changes nothing: 422 for a faulty rule, 503 for a fault of Prometheus or of another rule file. If the change cannot be undone at once, the problem has `rollback_error` and the gateway retries.',
  parameters: z.strictObject({ dry_run: dryRunParameter }),
  body: ruleBody,
  response: alertRule,
  success: 201,
  headers: { ...ruleHeaders, Location: 'Path of the rule.' },
  otherResponses: { 200: dryRunStatus },
  problems: [408, 409, 422],
  async handle({ parameters, principal, signal, incoming }, { rules, pipeline }) {
    const rule = await readJsonBody(newRule, { incoming, bodies: pipeline.bodies });
    if (parameters.dry_run === true) return { status: 200, body: (await rules.tryOut(rule, { signal })) as never };
    const body = await rules.create(rule, { by: principal?.name ?? '', ifMatch: undefined, signal });
    return { status: 201, body, headers: { ETag: etagOf(body), Location: `/api/v1/alerts/rules/${body.id}` } };
  },
});

/** Lists alerting and recording rules with their state, as Prometheus' API does. */
import { z } from 'zod';
import { passCall } from '../../query/promql.ts';
import { defineRoute } from '../route.ts';

export const prometheusRules = defineRoute({
  name: 'prometheus-rules',
  methods: ['GET'],
  path: '/api/v1/rules',
  scope: 'read',
  hosts: 'all',
  summary: "Alerting and recording rules with their state, with Prometheus' parameters and response",
  parameters: z.object({
    type: z.string().optional(),
    'rule_name[]': z.array(z.string()).optional(),
    'rule_group[]': z.array(z.string()).optional(),
    'file[]': z.array(z.string()).optional(),
    'match[]': z.array(z.string()).optional(),
    exclude_alerts: z.string().optional(),
    group_limit: z.string().optional(),
    group_next_token: z.string().optional(),
  }),
  response: z.object({ status: z.literal('success'), data: z.looseObject({ groups: z.array(z.looseObject({})) }) }),
  problems: [422],
  async handle({ parameters, signal }, { prometheus, limits }) {
    const path = '/api/v1/rules';
    return { status: 200, body: await passCall({ prometheus, limits, method: 'GET', path, parameters, signal }) };
  },
});

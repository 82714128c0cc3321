/** Lists the alert rules created over HTTP. */
import { z } from 'zod';
import { alertRule, outOfSync, setAsideFile } from '../../rules/rule/response.ts';
import { defineRoute, ok } from '../route.ts';

export const rulesList = defineRoute({
  name: 'rules-list',
  methods: ['GET'],
  path: '/api/v1/alerts/rules',
  scope: 'read',
  hosts: 'all',
  summary: 'Custom alert rules by name, each with its status in Prometheus',
  parameters: z.strictObject({}),
  response: z.object({
    rules: z.array(alertRule),
    set_aside: z
      .array(setAsideFile)
      .optional()
      .meta({ description: "Users' rule files that Prometheus does not load; absent if there are none." }),
    out_of_sync: outOfSync.optional().meta({
      description:
        'Rule files or Prometheus may differ from these rules, and the gateway retries; absent while in sync.',
    }),
  }),
  async handle({ signal }, { rules }) {
    const [listed, setAside] = await Promise.all([rules.list(signal), rules.setAside()]);
    const divergence = rules.divergence();
    return ok({
      rules: listed,
      ...(setAside.length === 0 ? {} : { set_aside: setAside }),
      ...(divergence === undefined
        ? {}
        : { out_of_sync: { since: new Date(divergence.sinceMs).toISOString(), reason: divergence.reason } }),
    });
  },
});

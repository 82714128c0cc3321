/** The rules that were made over HTTP. */
import { z } from 'zod';
import { requireUnbound } from '../hosts-of.ts';
import { defineRoute, ok } from '../route.ts';
import { alertRule } from '../rules/answer.ts';

export const rulesList = defineRoute({
  name: 'rules-list',
  methods: ['GET'],
  path: '/api/v1/alerts/rules',
  scope: 'read',
  summary: 'Alert rules of your own, by name, each with how it fares in Prometheus',
  parameters: z.strictObject({}),
  answer: z.object({ rules: z.array(alertRule) }),
  async handle({ principal, signal }, { rules }) {
    requireUnbound(principal);
    return ok({ rules: await rules.list(signal) });
  },
});

/** The rules that were made over HTTP. */
import { z } from 'zod';
import { requireUnbound } from '../../auth/host-scope.ts';
import { alertRule, setAsideFile } from '../../rules/response.ts';
import { defineRoute, ok } from '../route.ts';

export const rulesList = defineRoute({
  name: 'rules-list',
  methods: ['GET'],
  path: '/api/v1/alerts/rules',
  scope: 'read',
  summary: 'Alert rules of your own, by name, each with how it fares in Prometheus',
  parameters: z.strictObject({}),
  answer: z.object({
    rules: z.array(alertRule),
    set_aside: z
      .array(setAsideFile)
      .optional()
      .meta({ description: "Rule files of users' own that Prometheus does not read; absent where there are none." }),
  }),
  async handle({ principal, signal }, { rules }) {
    requireUnbound(principal);
    const [listed, setAside] = await Promise.all([rules.list(signal), rules.setAside()]);
    return ok({ rules: listed, ...(setAside.length === 0 ? {} : { set_aside: setAside }) });
  },
});

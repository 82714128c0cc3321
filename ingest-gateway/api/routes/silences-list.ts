/** Lists the silences of Alertmanager. */
import { z } from 'zod';
import { allowedHosts } from '../../auth/host-scope.ts';
import { hostName } from '../../schema/fields.ts';
import { tryHostOf } from '../../schema/label-matcher.ts';
import { readSilences } from '../../silences/alertmanager.ts';
import { silence, silenceStates } from '../../silences/schema.ts';
import { defineRoute, ok } from '../route.ts';

const state = z.enum(silenceStates, { error: `expected ${silenceStates.join(', ')}` });

export const silencesList = defineRoute({
  name: 'silences-list',
  methods: ['GET'],
  path: '/api/v1/silences',
  scope: 'read',
  summary: 'Silences of Alertmanager; without `state`, the active and pending ones',
  parameters: z.strictObject({
    state: z.array(state).max(10).optional(),
    host: z.array(hostName).max(1_000).optional(),
  }),
  response: z.object({ silences: z.array(silence) }),
  problems: [422],
  async handle({ parameters, principal, signal }, { alertmanager }) {
    const states = parameters.state ?? ['active', 'pending'];
    const hosts = allowedHosts(parameters.host, principal);
    const found = await readSilences(alertmanager, signal);
    const silences = found
      .filter((each) => states.includes(each.state))
      .filter(({ matchers }) => hosts === undefined || hosts.includes(tryHostOf(matchers) ?? ''))
      .sort((a, b) => rankOf(a.state) - rankOf(b.state) || (a.ends_at < b.ends_at ? -1 : 1));
    return ok({ silences });
  },
});

function rankOf(each: (typeof silenceStates)[number]): number {
  return silenceStates.indexOf(each);
}

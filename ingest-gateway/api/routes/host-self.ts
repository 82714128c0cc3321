/** Tells a pushing host whether its samples arrive. */
import { z } from 'zod';
import { HttpProblem } from '../../../common/http/problem.ts';
import { tryLastPush } from '../../liveness/pushed-hosts.ts';
import { defineRoute, ok } from '../route.ts';

export const hostSelf = defineRoute({
  name: 'host-self',
  methods: ['GET'],
  path: '/api/v1/hosts/self',
  scope: 'push',
  summary: 'The host of the key, and when its samples were last accepted',
  description:
    'For keys that are bound to a host. Other gateways of the same database report a push after up to 15 seconds.',
  parameters: z.strictObject({}),
  response: z.object({ host: z.string(), last_push: z.iso.datetime().optional() }),
  problems: [403],
  async handle({ principal }, { db, pipeline }) {
    const host = principal?.host;
    if (host === undefined) throw new HttpProblem(403, 'the credential is not bound to a host');
    const lastPushMs = pipeline.pushes.lastPushMs(host) ?? (await tryLastPush(db, host));
    return ok({ host, ...(lastPushMs === undefined ? {} : { last_push: new Date(lastPushMs).toISOString() }) });
  },
});

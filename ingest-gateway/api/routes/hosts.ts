/** Lists the hosts. */
import { z } from 'zod';
import { hostMatchers } from '../../auth/host-scope.ts';
import { readHosts } from '../../query/host-list.ts';
import { hostName } from '../../schema/fields.ts';
import { defineRoute, ok } from '../route.ts';

export const hosts = defineRoute({
  name: 'hosts',
  methods: ['GET'],
  path: '/api/v1/hosts',
  scope: 'read',
  summary: 'Hosts with mode, state, last sample, operating system and exporter version',
  parameters: z.strictObject({ host: z.array(hostName).max(1_000).optional() }),
  response: z.object({
    time: z.iso.datetime(),
    hosts: z.array(
      z.object({
        host: z.string(),
        mode: z.enum(['scrape', 'push']),
        up: z.boolean(),
        last_seen: z.iso.datetime().optional(),
        os: z.string().optional(),
        version: z.string().optional(),
      }),
    ),
  }),
  problems: [422],
  async handle({ parameters, principal, signal }, { prometheus, now }) {
    const timeMs = now();
    const matchers = hostMatchers(parameters.host, principal);
    const found = await readHosts({ prometheus, matchers, timeMs, signal });
    return ok({ time: new Date(timeMs).toISOString(), hosts: found });
  },
});

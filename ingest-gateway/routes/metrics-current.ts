/** The latest value of each catalogue metric, host by host. */
import { z } from 'zod';
import { metrics } from '../../common/catalogue/index.ts';
import { readCurrent } from '../current-values.ts';
import { hostMatchers } from '../hosts-of.ts';
import { hostName, metricName } from '../parameter-kinds.ts';
import { defineRoute, ok } from '../route.ts';

const value = z.object({
  metric: z.string(),
  unit: z.string(),
  labels: z.record(z.string(), z.string()),
  value: z.number().nullable(),
});

export const metricsCurrent = defineRoute({
  name: 'metrics-current',
  methods: ['GET'],
  path: '/api/v1/metrics/current',
  scope: 'read',
  summary: 'Latest value of each catalogue metric for each host',
  parameters: z.strictObject({
    host: z.array(hostName).max(1_000).optional(),
    metric: z.array(metricName).max(1_000).optional(),
  }),
  answer: z.object({
    time: z.iso.datetime(),
    hosts: z.array(z.object({ host: z.string(), values: z.array(value) })),
  }),
  refusals: [422],
  async handle({ parameters, principal, signal }, { prometheus, now }) {
    const timeMs = now();
    const matchers = hostMatchers(parameters.host, principal);
    const asked = [...new Set(parameters.metric ?? metrics)];
    const hosts = await readCurrent({ prometheus, metrics: asked, matchers, timeMs, signal });
    return ok({ time: new Date(timeMs).toISOString(), hosts });
  },
});

/** Returns the latest value of each catalogue metric of each host. */
import { z } from 'zod';
import { renderCurrent } from '../../query/current/current-choice.ts';
import { hostName, metricName } from '../../schema/fields.ts';
import { defineRoute } from '../route.ts';

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
  description:
    'Values are those of `time`, at most 5 s ago: requests share one reading. While Prometheus is slow, they are those of the latest reading, at most two minutes ago.',
  parameters: z.strictObject({
    host: z.array(hostName).max(1_000).optional(),
    metric: z.array(metricName).max(1_000).optional(),
  }),
  response: z.object({
    time: z.iso.datetime(),
    hosts: z.array(z.object({ host: z.string(), values: z.array(value) })),
  }),
  problems: [422],
  async handle({ parameters: { host, metric }, principal, signal, acceptsGzip }, services) {
    const choice = { hosts: host, metrics: metric, principal, signal, acceptsGzip };
    return { status: 200, ...(await renderCurrent(choice, services)) };
  },
});

/** Lists type, HELP text and unit of metrics, as Prometheus' API does. */
import { z } from 'zod';
import { passCall } from '../../query/promql.ts';
import { defineRoute } from '../route.ts';

export const metadata = defineRoute({
  name: 'metadata',
  methods: ['GET'],
  path: '/api/v1/metadata',
  scope: 'read',
  hosts: 'all',
  summary: "Type, HELP text and unit of scraped metrics, with Prometheus' parameters and response",
  parameters: z.object({
    metric: z.string().optional(),
    limit: z.string().optional(),
    limit_per_metric: z.string().optional(),
  }),
  response: z.object({
    status: z.literal('success'),
    data: z.record(z.string(), z.array(z.object({ type: z.string(), help: z.string(), unit: z.string() }))),
  }),
  problems: [422],
  async handle({ parameters, signal }, { prometheus, limits }) {
    const path = '/api/v1/metadata';
    return { status: 200, body: await passCall({ prometheus, limits, method: 'GET', path, parameters, signal }) };
  },
});

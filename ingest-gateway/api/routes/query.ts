/** Evaluates PromQL at an instant, as Prometheus' API does. */
import { z } from 'zod';
import { passCall, prometheusAnswer, prometheusTime, queryParameters } from '../../query/promql.ts';
import { restrictToHost } from '../../query/restrict-to-host.ts';
import { defineRoute } from '../route.ts';

export const query = defineRoute({
  name: 'query',
  methods: ['GET', 'POST'],
  path: '/api/v1/query',
  scope: 'read',
  summary: "PromQL at an instant, with Prometheus' parameters and response",
  parameters: z.object({ ...queryParameters, time: prometheusTime.optional() }),
  response: prometheusAnswer,
  problems: [422],
  async handle({ parameters: { timeout, ...parameters }, principal, signal }, { prometheus, limits }) {
    const query = restrictToHost(parameters.query, principal);
    const passed = { prometheus, limits, method: 'POST', path: '/api/v1/query', timeout, signal } as const;
    const body = await passCall({ ...passed, parameters: { ...parameters, query } });
    return { status: 200, body };
  },
});

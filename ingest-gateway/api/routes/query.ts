/** Evaluates PromQL at an instant, as Prometheus' API does. */
import { z } from 'zod';
import { requireUnbound } from '../../auth/host-scope.ts';
import { passQuery, prometheusAnswer, prometheusTime, queryParameters } from '../../query/promql.ts';
import { defineRoute } from '../route.ts';

export const query = defineRoute({
  name: 'query',
  methods: ['GET', 'POST'],
  path: '/api/v1/query',
  scope: 'read',
  summary: "PromQL at an instant, with Prometheus' parameters and response",
  // As in Prometheus, unknown parameters are ignored: vmalert sends a step with every query.
  parameters: z.object({ ...queryParameters, time: prometheusTime.optional() }),
  response: prometheusAnswer,
  problems: [422],
  async handle({ parameters: { timeout, ...parameters }, principal, signal }, { prometheus, limits }) {
    requireUnbound(principal);
    const body = await passQuery({ prometheus, limits, path: '/api/v1/query', parameters, timeout, signal });
    return { status: 200, body };
  },
});

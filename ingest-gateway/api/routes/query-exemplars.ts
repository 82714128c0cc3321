/** Reads exemplars, as Prometheus' API does. */
import { z } from 'zod';
import { passCall, prometheusTime, queryParameters } from '../../query/promql.ts';
import { restrictToHost } from '../../query/restrict-to-host.ts';
import { defineRoute } from '../route.ts';

export const queryExemplars = defineRoute({
  name: 'query-exemplars',
  methods: ['GET', 'POST'],
  path: '/api/v1/query_exemplars',
  scope: 'read',
  summary: "Exemplars of the series of an expression, with Prometheus' parameters and response",
  parameters: z.object({
    query: queryParameters.query,
    start: prometheusTime.optional(),
    end: prometheusTime.optional(),
  }),
  response: z.object({
    status: z.literal('success'),
    data: z.array(z.object({ seriesLabels: z.record(z.string(), z.string()), exemplars: z.array(z.looseObject({})) })),
  }),
  problems: [422],
  async handle({ parameters: asked, principal, signal }, { prometheus, limits }) {
    const parameters = { ...asked, query: restrictToHost(asked.query, principal) };
    const path = '/api/v1/query_exemplars';
    return { status: 200, body: await passCall({ prometheus, limits, method: 'POST', path, parameters, signal }) };
  },
});

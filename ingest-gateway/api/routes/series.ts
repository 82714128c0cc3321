/** Lists series by selectors, as Prometheus' API does. */
import { z } from 'zod';
import { passCall, seriesParameters } from '../../query/promql.ts';
import { restrictSelectors } from '../../query/restrict-to-host.ts';
import { defineRoute } from '../route.ts';

export const series = defineRoute({
  name: 'series',
  methods: ['GET', 'POST'],
  path: '/api/v1/series',
  scope: 'read',
  summary: "Label sets of series, with Prometheus' parameters and response",
  parameters: z.object(seriesParameters),
  response: z.object({
    status: z.literal('success'),
    data: z.array(z.record(z.string(), z.string())),
    warnings: z.array(z.string()).optional(),
  }),
  problems: [422],
  async handle({ parameters: asked, principal, signal }, { prometheus, limits }) {
    const parameters = { ...asked, 'match[]': restrictSelectors(asked['match[]'], principal) };
    const path = '/api/v1/series';
    return { status: 200, body: await passCall({ prometheus, limits, method: 'POST', path, parameters, signal }) };
  },
});

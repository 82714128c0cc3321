/** Lists the values of a label, as Prometheus' API does. */
import { z } from 'zod';
import { namesAnswer, passCall, seriesParameters } from '../../query/promql.ts';
import { restrictSelectors } from '../../query/restrict-to-host.ts';
import { defineRoute } from '../route.ts';

export const labelValues = defineRoute({
  name: 'label-values',
  methods: ['GET'],
  path: '/api/v1/label/{name}/values',
  scope: 'read',
  summary: "Values of a label, with Prometheus' parameters and response",
  parameters: z.object({ name: z.string().min(1).max(1_000), ...seriesParameters }),
  response: namesAnswer,
  problems: [422],
  async handle({ parameters: { name, ...asked }, principal, signal }, { prometheus, limits }) {
    const parameters = { ...asked, 'match[]': restrictSelectors(asked['match[]'], principal) };
    const path = `/api/v1/label/${encodeURIComponent(name)}/values`;
    return { status: 200, body: await passCall({ prometheus, limits, method: 'GET', path, parameters, signal }) };
  },
});

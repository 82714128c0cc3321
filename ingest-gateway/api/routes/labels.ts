/** Lists label names, as Prometheus' API does. */
import { z } from 'zod';
import { namesAnswer, passCall, seriesParameters } from '../../query/promql.ts';
import { restrictSelectors } from '../../query/restrict-to-host.ts';
import { defineRoute } from '../route.ts';

export const labels = defineRoute({
  name: 'labels',
  methods: ['GET', 'POST'],
  path: '/api/v1/labels',
  scope: 'read',
  summary: "Label names, with Prometheus' parameters and response",
  parameters: z.object(seriesParameters),
  response: namesAnswer,
  problems: [422],
  async handle({ parameters: asked, principal, signal }, { prometheus, limits }) {
    const parameters = { ...asked, 'match[]': restrictSelectors(asked['match[]'], principal) };
    const path = '/api/v1/labels';
    return { status: 200, body: await passCall({ prometheus, limits, method: 'POST', path, parameters, signal }) };
  },
});

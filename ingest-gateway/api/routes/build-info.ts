/** Reports the version of Prometheus, as Prometheus' API does. */
import { z } from 'zod';
import { passCall } from '../../query/promql.ts';
import { defineRoute } from '../route.ts';

export const buildInfo = defineRoute({
  name: 'build-info',
  methods: ['GET'],
  path: '/api/v1/status/buildinfo',
  scope: 'read',
  summary: 'Version of Prometheus, which data sources ask to know its features',
  parameters: z.object({}),
  response: z.object({ status: z.literal('success'), data: z.looseObject({ version: z.string() }) }),
  async handle({ signal }, { prometheus, limits }) {
    const path = '/api/v1/status/buildinfo';
    return { status: 200, body: await passCall({ prometheus, limits, method: 'GET', path, parameters: {}, signal }) };
  },
});

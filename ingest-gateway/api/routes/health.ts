/** Reports the health of the gateway and its components. */
import { z } from 'zod';
import { defineRoute } from '../route.ts';

const component = z.object({
  status: z.enum(['ok', 'degraded', 'down']),
  latency_ms: z.number(),
  reason: z.string().optional().meta({ description: 'Why the status is not ok.' }),
});

export const health = defineRoute({
  name: 'health',
  methods: ['GET'],
  path: '/api/v1/health',
  scope: null,
  summary: 'Health of the gateway and its components: 200 when ok or degraded, 503 when down',
  parameters: z.strictObject({}),
  response: z.object({
    status: z.enum(['ok', 'degraded', 'down']),
    components: z.object({
      prometheus: component,
      alertmanager: component,
      database: component,
      queue: component,
      relay: component.optional().meta({ description: 'Absent if no relay has used the same database.' }),
    }),
  }),
  otherResponses: { 503: 'Down: the database does not answer, so no key can be checked.' },
  async handle(_, { health: probe }) {
    const body = await probe.read();
    return { status: body.status === 'down' ? 503 : 200, body };
  },
});

/** Takes records of the busiest processes of a host, beside its samples. */
import { z } from 'zod';
import { isBusy } from '../../../common/store/sqlite.ts';
import { requireHost } from '../../auth/credentials.ts';
import { pusherOf } from '../../decode/push-decoder.ts';
import { overloaded, readJsonBody } from '../../http/request-input.ts';
import { hostName } from '../../schema/fields.ts';
import { topRecord } from '../../top/schema.ts';
import { defineRoute } from '../route.ts';

const maxBytes = 512 * 1_024;

const topPushBody = z.object({ host: hostName, records: z.array(topRecord).max(60) });

export const topPush = defineRoute({
  name: 'top-push',
  methods: ['POST'],
  path: '/api/v1/top',
  scope: 'push',
  quota: 'collector',
  summary: 'Push the busiest processes of a host, by minute',
  description:
    'A record outside of the last 48 h is rejected; the others are stored. A record that ends at the same time as a stored one of the host ' +
    'changes nothing. Records of a scraped host are rejected: the gateway fetches them.',
  parameters: z.strictObject({}),
  body: {
    description: 'The host and its records, plain or gzip.',
    content: { 'application/json': topPushBody },
    maxBytes,
  },
  response: z.object({
    accepted: z.int().min(0).meta({ description: 'Number of records that are stored.' }),
    rejected: z.int().min(0),
    errors: z.array(
      z.object({ index: z.int().min(0).meta({ description: 'Index in `records`.' }), message: z.string() }),
    ),
  }),
  success: 202,
  problems: [408, 503],
  async handle({ principal, incoming }, { pipeline, topRecords, seriesLimits }) {
    const pusher = pusherOf(principal);
    const limit = { maxBytes, caller: pusher.id };
    const { host, records } = await readJsonBody(topPushBody, { incoming, bodies: pipeline.bodies, limit });
    requireHost(principal?.host, host);
    const refusal = refusalOf(host);
    if (refusal !== undefined) {
      const errors = records.map((_, index) => ({ index, message: refusal }));
      return { status: 202, body: { accepted: 0, rejected: records.length, errors } };
    }
    try {
      const { accepted, rejections } = await topRecords.store(host, records);
      return { status: 202, body: { accepted, rejected: rejections.length, errors: [...rejections] } };
    } catch (error) {
      if (isBusy(error)) throw overloaded('the database is busy', error);
      throw error;
    }

    function refusalOf(name: string): string | undefined {
      if (pipeline.scraped.has(name))
        return `${name}: Prometheus scrapes this host, so the gateway fetches its records`;
      const gate = seriesLimits.begin(pusher).open(name, { isHost: true });
      return typeof gate === 'string' ? gate : undefined;
    }
  },
});

/** Returns the busiest processes of a host at an instant. */
import { z } from 'zod';
import { requireHost } from '../../auth/credentials.ts';
import { hostName, instant } from '../../schema/fields.ts';
import { processUse } from '../../top/schema.ts';
import { defineRoute, ok } from '../route.ts';

export const top = defineRoute({
  name: 'top',
  methods: ['GET'],
  path: '/api/v1/top',
  scope: 'read',
  summary: 'The processes of a host that used most CPU, memory and I/O in a minute',
  description:
    'A record has the ten busiest processes by each of the three, from the last 48 h. At a full minute, the record is that of the minute ' +
    'that begins. For a time after the newest record, that record is the answer while it is at most five minutes old. Without a record, ' +
    '`record` is absent.',
  parameters: z.strictObject({
    host: hostName,
    at: instant.optional().meta({ description: 'RFC 3339, or milliseconds since the epoch; default: now.' }),
  }),
  response: z.object({
    host: z.string(),
    at: z.iso.datetime(),
    record: z
      .object({ from: z.iso.datetime(), to: z.iso.datetime(), processes: z.array(processUse) })
      .optional()
      .meta({ description: 'Processes that used most CPU come first.' }),
    oldest: z.iso.datetime().optional().meta({ description: "Start of the host's first record." }),
    newest: z.iso.datetime().optional().meta({ description: "End of the host's last record." }),
  }),
  problems: [503],
  async handle({ parameters: { host, at }, principal }, { topRecords, now }) {
    requireHost(principal?.host, host);
    const timeMs = at ?? now();
    const [record, span] = await Promise.all([topRecords.find(host, timeMs), topRecords.span(host)]);
    return ok({
      host,
      at: iso(timeMs),
      ...(record && {
        record: { from: iso(record.from_ms), to: iso(record.to_ms), processes: [...record.processes] },
      }),
      ...(span && { oldest: iso(span.fromMs), newest: iso(span.toMs) }),
    });
  },
});

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** Takes samples as JSON, with dotted catalogue names or names of metric families. */
import { z } from 'zod';
import { hostHeader } from '../../auth/rate-limits.ts';
import { pusherOf } from '../../decode/push-decoder.ts';
import { requireJson } from '../../http/request-input.ts';
import { collectBody } from '../../ingest/collect/collect.ts';
import { pushLimits, rejectReasons } from '../../ingest/sample-checks.ts';
import { defineRoute } from '../route.ts';

const { maxBodyBytes, maxInflatedBytes } = pushLimits;

export const metricsCollect = defineRoute({
  name: 'metrics-collect',
  methods: ['POST'],
  path: '/api/v1/metrics/collect',
  scope: 'push',
  quota: 'collector',
  summary: 'Push samples of a host; the response is sent once they are on disk',
  description:
    'A faulty sample is rejected; the other samples are stored. Sending the same push twice changes nothing: the first value of a series at a time is kept. ' +
    'Samples of a scraped host are rejected: a host is scraped or pushes, never both.',
  parameters: z.strictObject({}),
  body: {
    description: `At most ${maxBodyBytes} bytes as sent, plain or gzip, ${maxInflatedBytes} bytes decompressed, ${pushLimits.maxSamples} samples.`,
    content: { 'application/json': collectBody },
    maxBytes: maxBodyBytes,
  },
  response: z.object({
    accepted: z.int().min(0).meta({ description: 'Number of samples on disk.' }),
    rejected: z.int().min(0).meta({ description: 'Number of samples that were not stored.' }),
    errors: z
      .array(
        z.object({
          index: z.int().min(0).meta({ description: 'Index of the entry in `metrics`.' }),
          path: z.string(),
          reason: z.enum(rejectReasons),
          message: z.string(),
        }),
      )
      .meta({ description: 'The first 100 rejections.' }),
  }),
  success: 202,
  problems: [408, 503],
  async handle({ principal, incoming }, { pipeline, decoder, now }) {
    requireJson(incoming.headers['content-type']);
    const named = incoming.headers[hostHeader.toLowerCase()];
    const pusher = pusherOf(principal);
    return pipeline.bodies.receive(incoming, { maxBytes: maxBodyBytes, caller: pusher.id }, async (bytes) => {
      const { batches, rejections, accepted } = await decoder.decode({
        format: 'collect',
        bytes,
        encoding: incoming.headers['content-encoding'],
        boundHost: principal?.host,
        namedHost: named === undefined ? undefined : String(named),
        pusher,
        nowMs: now(),
      });
      const isTaken = await pipeline.ingest.take(batches, { way: 'collect', rejections, principal });
      const body = {
        accepted: isTaken ? accepted : 0,
        rejected: rejections.total(),
        errors: [...rejections.first],
      };
      return { status: 202, body };
    });
  },
});

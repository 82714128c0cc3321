/** Takes samples as JSON, with dotted catalogue names or names of metric families. */
import { z } from 'zod';
import { HttpProblem } from '../../../common/http/problem.ts';
import { requireHost } from '../../auth/host-scope.ts';
import { hostHeader } from '../../auth/rate-limit.ts';
import { inflate, requireJson } from '../../http/body.ts';
import { collectSamples, parseEnvelope } from '../../ingest/collect/collect.ts';
import { collectBody } from '../../ingest/collect/collect-schema.ts';
import { pushLimits } from '../../ingest/limits.ts';
import { createRejections, rejectReasons } from '../../ingest/rejection.ts';
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
  async handle({ principal, incoming }, { pipeline, now }) {
    requireJson(incoming.headers['content-type']);
    const raw = await pipeline.bodies.read(incoming, { maxBytes: maxBodyBytes });
    const encoding = incoming.headers['content-encoding'];
    const { host, labels, metrics } = parseEnvelope(await inflate(raw, { encoding, maxBytes: maxInflatedBytes }));
    requireHost(principal, host);
    requireNamedHost(incoming.headers[hostHeader.toLowerCase()], host);
    const rejections = createRejections();
    const own = pipeline.hostLabels(host, labels);
    const batch = pipeline.builder.begin(own);
    const accepted = collectSamples({
      metrics,
      host: own,
      batch,
      cache: pipeline.cache,
      isBound: principal?.host !== undefined,
      rejections,
      nowMs: now(),
    });
    const isTaken = batch.samples > 0 && !pipeline.ingest.isScraped(host);
    await pipeline.ingest.take(batch.samples > 0 ? [{ ...batch.finish(), hostLabels: labels ?? {} }] : [], {
      way: 'collect',
      rejections,
      principal,
    });
    const body = {
      accepted: isTaken ? accepted : 0,
      rejected: rejections.total(),
      errors: [...rejections.first],
    };
    return { status: 202, body };
  },
});

/** The quota counts a push for the host in its header, so header and body must name the same host. */
function requireNamedHost(header: string | readonly string[] | undefined, host: string): void {
  if (header === undefined || header === host) return;
  throw new HttpProblem(400, 'the header and the body name different hosts', {
    errors: [{ path: hostHeader, message: `expected ${JSON.stringify(host)}, the body's host` }],
  });
}

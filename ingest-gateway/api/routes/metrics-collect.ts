/** Samples in, as JSON: dotted names of any agent, and families with several points a series. */
import { z } from 'zod';
import { HttpProblem } from '../../../common/http/problem.ts';
import { requireHost } from '../../auth/host-scope.ts';
import { hostHeader } from '../../auth/rate-limit.ts';
import { inflate } from '../../http/inflate.ts';
import { requireJson } from '../../http/json-body.ts';
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
  summary: 'Samples of a host; answered once they are on disk',
  description:
    'A bad sample is rejected alone. The same push sent twice changes nothing; of two values for one series and time the first stays. ' +
    'What a scraped host pushes is rejected: a host is scraped or pushed, never both.',
  parameters: z.strictObject({}),
  body: {
    description: `At most ${maxBodyBytes} bytes as it comes, plain or gzip, ${maxInflatedBytes} inflated, ${pushLimits.maxSamples} samples.`,
    content: { 'application/json': collectBody },
    maxBytes: maxBodyBytes,
  },
  answer: z.object({
    accepted: z.int().min(0).meta({ description: 'Samples that are on disk.' }),
    rejected: z.int().min(0).meta({ description: 'Samples that were not taken.' }),
    errors: z
      .array(
        z.object({
          index: z.int().min(0).meta({ description: 'Of the entry in metrics.' }),
          path: z.string(),
          reason: z.enum(rejectReasons),
          message: z.string(),
        }),
      )
      .meta({ description: 'The first hundred of them.' }),
  }),
  success: 202,
  refusals: [408, 503],
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
    const accepted = collectSamples({ metrics, host: own, batch, cache: pipeline.cache, rejections, nowMs: now() });
    const isTaken = batch.samples > 0 && !pipeline.ingest.isScraped(host);
    await pipeline.ingest.take(batch.samples > 0 ? [batch.finish()] : [], { way: 'collect', rejections });
    const body = {
      accepted: isTaken ? accepted : 0,
      rejected: rejections.total(),
      errors: [...rejections.first],
    };
    return { status: 202, body };
  },
});

/** A push counts against the host that its header names, so it must be the host that it is for. */
function requireNamedHost(header: string | readonly string[] | undefined, host: string): void {
  if (header === undefined || header === host) return;
  throw new HttpProblem(400, 'the header and the body name different hosts', {
    errors: [{ path: hostHeader, message: `expected ${JSON.stringify(host)}, the body's host` }],
  });
}

/** Takes samples by OTLP/HTTP, as protobuf or JSON, at the default path of OpenTelemetry exporters. */
import { z } from 'zod';
import { HttpProblem } from '../../../common/http/problem.ts';
import { pusherOf } from '../../decode/push-decoder.ts';
import { admitWriter } from '../../decode/writer-quota.ts';
import { encodeResponse, renderResponse } from '../../otlp/receive/partial-success.ts';
import { maxRequestBytes, receiveOtlp } from '../../otlp/receive/receiver.ts';
import { defineRoute } from '../route.ts';

const protobuf = 'application/x-protobuf';

export const otlpMetrics = defineRoute({
  name: 'otlp-metrics',
  methods: ['POST'],
  path: '/v1/metrics',
  scope: 'push',
  summary: 'Push samples by OTLP/HTTP; the response is sent once they are on disk',
  description:
    'Gauges, cumulative sums, histograms with explicit buckets, and summaries, under the names that Prometheus gives them. ' +
    'Other data points, such as those of delta temporality, are reported as partial success. A separate port takes OTLP/gRPC.',
  parameters: z.strictObject({}),
  body: {
    description: `ExportMetricsServiceRequest, plain or gzip, at most ${maxRequestBytes} bytes as sent and decompressed.`,
    content: {
      'application/json': z.looseObject({ resourceMetrics: z.array(z.looseObject({})).optional() }),
      [protobuf]: null,
    },
    maxBytes: maxRequestBytes,
  },
  response: z.object({
    partialSuccess: z.object({ rejectedDataPoints: z.string(), errorMessage: z.string() }).optional(),
  }),
  otherTypes: [protobuf],
  problems: [408, 429, 503],
  async handle({ principal, incoming }, { pipeline, decoder, now, ...services }) {
    admitWriter(principal, services, 429);
    const type = incoming.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
    const isProtobuf = type === protobuf;
    if (!isProtobuf && type !== 'application/json')
      throw new HttpProblem(415, "the body's type is not taken", {
        errors: [{ path: 'Content-Type', message: `expected ${protobuf} or application/json` }],
      });
    const format = isProtobuf ? 'otlp_protobuf' : 'otlp_json';
    const encoding = incoming.headers['content-encoding'];
    const limit = { maxBytes: maxRequestBytes, caller: pusherOf(principal).id };
    const partial = await pipeline.bodies.receive(incoming, limit, (bytes) =>
      receiveOtlp({ format, bytes, encoding, principal }, { ingest: pipeline.ingest, decoder, now }),
    );
    if (isProtobuf) return { status: 200, body: encodeResponse(partial), type: protobuf };
    return { status: 200, body: renderResponse(partial) };
  },
});

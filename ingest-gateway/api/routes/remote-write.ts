/** Takes samples by Prometheus remote write 1.0. */
import { z } from 'zod';
import { HttpProblem } from '../../../common/http/problem.ts';
import { pusherOf } from '../../decode/push-decoder.ts';
import { admitWriter } from '../../decode/writer-quota.ts';
import { versionTwo } from '../../ingest/remote-write/split-write-request.ts';
import { examplesOf, pushLimits } from '../../ingest/sample-checks.ts';
import { defineRoute } from '../route.ts';

const { maxBodyBytes, maxInflatedBytes } = pushLimits;

export const remoteWrite = defineRoute({
  name: 'remote-write',
  methods: ['POST'],
  path: '/api/v1/write',
  scope: 'push',
  summary: 'Push samples by Prometheus remote write 1.0; the response is sent once they are on disk',
  description:
    'Labels are stored as sent, empty ones left out. A key that is bound to a host fills in a missing `instance`, and must not send another one. A bad sample is not stored, the others are, and the response is 400 with the first example of each fault. ' +
    'Overload is 503, so that senders retry; at 429 Prometheus would drop the samples.',
  parameters: z.strictObject({}),
  body: {
    description: `prometheus.WriteRequest in snappy's block format, at most ${maxBodyBytes} bytes, ${maxInflatedBytes} bytes decompressed, ${pushLimits.maxSamples} samples.`,
    content: { 'application/x-protobuf': null },
    maxBytes: maxBodyBytes,
  },
  response: z.strictObject({}),
  success: 204,
  problems: [408, 503],
  async handle({ principal, incoming }, { pipeline, decoder, now, ...services }) {
    admitWriter(principal, services, 503);
    requireVersionOne(incoming.headers);
    const pusher = pusherOf(principal);
    return pipeline.bodies.receive(incoming, { maxBytes: maxBodyBytes, caller: pusher.id }, async (bytes) => {
      const body = { format: 'remote_write', bytes, boundHost: principal?.host, pusher, nowMs: now() } as const;
      const { batches, rejections } = await decoder.decode(body);
      // hostpulse's exporter never pushes `up`, so its host is up with the first push.
      const mayBringUp = !String(incoming.headers['user-agent']).startsWith('hostpulse-exporter/');
      await pipeline.ingest.take(batches, { way: 'remote_write', rejections, principal, mayBringUp });
      const total = rejections.total();
      if (total === 0) return { status: 204, body: undefined };
      throw new HttpProblem(400, `${total} samples were not stored; the others are stored`, {
        errors: examplesOf(rejections),
      });
    });
  },
});

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Source: https://prometheus.io/docs/specs/prw/remote_write_spec/#protocol */
function requireVersionOne(headers: Headers): void {
  const type = String(headers['content-type'] ?? '');
  if (/io\.prometheus\.write\.v2/i.test(type)) throw versionTwo();
  if (!/^application\/x-protobuf\s*(?:;|$)/i.test(type)) throw unexpected('Content-Type', 'application/x-protobuf');
  if (String(headers['content-encoding'] ?? '').toLowerCase() !== 'snappy')
    throw unexpected('Content-Encoding', 'snappy');
  const version = headers['x-prometheus-remote-write-version'];
  if (version !== undefined && !/^0?\.?[01](?:\.|$)/.test(String(version))) throw versionTwo();
}

function unexpected(path: string, expected: string): HttpProblem {
  return new HttpProblem(415, "the body's type is not taken", { errors: [{ path, message: `expected ${expected}` }] });
}

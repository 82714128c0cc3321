/** Ingests an export request in any encoding: decodes and queues it, and reports the rejected points. */
import type { Principal } from '../../../common/http/auth.ts';
import { HttpProblem } from '../../../common/http/problem.ts';
import type { BodyDecoder } from '../../decode/body-decoder.ts';
import { type PushBody, pusherOf } from '../../decode/push-decoder.ts';
import type { Ingest } from '../../ingest/ingest.ts';
import { pushLimits, summarize } from '../../ingest/sample-checks.ts';
import { malformedRequest } from '../request/parse.ts';
import type { PartialSuccess } from './partial-success.ts';

/** The limit of a request, compressed and uncompressed. */
export const maxRequestBytes = pushLimits.maxOtlpBytes;

export interface OtlpRequest extends Pick<PushBody, 'bytes' | 'encoding'> {
  readonly format: 'otlp_json' | 'otlp_protobuf';
  readonly principal: Principal | undefined;
}

export interface OtlpServices {
  readonly ingest: Ingest;
  readonly decoder: BodyDecoder;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Resolves when all accepted samples are on disk; undefined when nothing was rejected. Throws an `HttpProblem` when the whole
 * request is refused.
 */
export async function receiveOtlp(
  { principal, ...request }: OtlpRequest,
  { ingest, decoder, now }: OtlpServices,
): Promise<PartialSuccess | undefined> {
  const { batches, rejections, accepted, unreadable, forbidden } = await decoder.decode({
    ...request,
    boundHost: principal?.host,
    pusher: pusherOf(principal),
    nowMs: now(),
  });
  await ingest.take(batches, { way: 'otlp', rejections, principal });
  const total = rejections.total();
  if (total === 0) return undefined;
  if (accepted === 0 && forbidden !== undefined) throw new HttpProblem(forbidden.status, forbidden.title);
  if (accepted === 0 && unreadable === total) throw malformedRequest(rejections.first);
  return { rejectedDataPoints: total, errorMessage: summarize(rejections) };
}

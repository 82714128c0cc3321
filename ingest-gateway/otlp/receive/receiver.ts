/** Ingests an export request in any encoding: decodes, translates and queues it, and reports the rejected points. */
import type { Principal } from '../../../common/http/auth.ts';
import { HttpProblem } from '../../../common/http/problem.ts';
import { OtlpError, type ResourceMetrics } from '../../../common/otlp/metrics-data.ts';
import { requireHost } from '../../auth/host-scope.ts';
import type { Ingest } from '../../ingest/ingest.ts';
import { createRejections, summarize } from '../../ingest/rejection.ts';
import { type OtlpMemory, translate } from '../translate.ts';
import type { PartialSuccess } from './partial-success.ts';

/** The limit of a request, compressed and uncompressed. */
export const maxRequestBytes = 64 * 2 ** 20;

export interface OtlpRequest {
  /** Decodes the request. Throws an `OtlpError` when it is malformed. */
  readonly read: () => readonly ResourceMetrics[];
  readonly principal: Principal | undefined;
}

export interface OtlpServices {
  readonly ingest: Ingest;
  readonly memory: OtlpMemory;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Resolves when all accepted samples are on disk; undefined when nothing was rejected. Throws an `HttpProblem` when the whole
 * request is refused.
 */
export async function receiveOtlp(
  { read, principal }: OtlpRequest,
  { ingest, memory, now }: OtlpServices,
): Promise<PartialSuccess | undefined> {
  const rejections = createRejections();
  const { batches, unreadable, forbidden } = translate(parse(read), {
    boundHost: principal?.host,
    requireHost: (host) => requireHost(principal, host),
    isScraped: (job, instance) => ingest.isScrapedTarget(job, instance),
    memory,
    rejections,
    nowMs: now(),
  });
  await ingest.take(batches.finish(), { way: 'otlp', rejections, principal });
  const total = rejections.total();
  if (total === 0) return undefined;
  if (batches.samples === 0 && forbidden !== undefined) throw forbidden;
  if (batches.samples === 0 && unreadable === total) throw malformed(rejections.first);
  return { rejectedDataPoints: total, errorMessage: summarize(rejections) };
}

function parse(read: OtlpRequest['read']): readonly ResourceMetrics[] {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof OtlpError)) throw error;
    throw malformed([{ path: '', message: error.message }], error);
  }
}

function malformed(faults: readonly { readonly path: string; readonly message: string }[], cause?: Error): HttpProblem {
  const errors = faults.map(({ path, message }) => ({
    path: 'body',
    message: path === '' ? message : `${path}: ${message}`,
  }));
  return new HttpProblem(400, 'the body is not an OTLP metrics request', { cause, errors });
}

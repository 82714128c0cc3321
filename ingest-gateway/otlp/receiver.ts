/** Ingests an export request in any encoding: decodes, translates and queues it, and reports the rejected points. */
import type { Principal } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { OtlpError, type ResourceMetrics } from '../../common/otlp/metrics-data.ts';
import { requireHost } from '../auth/host-scope.ts';
import type { Ingest } from '../ingest/ingest.ts';
import { createRejections } from '../ingest/rejection.ts';
import type { PartialSuccess } from './partial-success.ts';
import { translate } from './translate.ts';

/** The limit of a request, compressed and uncompressed. */
export const maxRequestBytes = 64 * 2 ** 20;

export interface OtlpRequest {
  /** Decodes the request. Throws an `OtlpError` when it is malformed. */
  readonly read: () => readonly ResourceMetrics[];
  readonly principal: Principal | undefined;
}

export interface OtlpServices {
  readonly ingest: Ingest;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Resolves when all accepted samples are on disk; undefined when nothing was rejected. Throws an `HttpProblem` when the whole
 * request is refused.
 */
export async function receiveOtlp(
  { read, principal }: OtlpRequest,
  { ingest, now }: OtlpServices,
): Promise<PartialSuccess | undefined> {
  const rejections = createRejections();
  const batches = translate(parse(read), {
    boundHost: principal?.host,
    requireHost: (host) => requireHost(principal, host),
    rejections,
    nowMs: now(),
  });
  await ingest.take(batches.finish(), { way: 'otlp', rejections });
  if (rejections.total() === 0) return undefined;
  const faults = new Set(rejections.first.map(({ path, message }) => `${path}: ${message}`));
  return { rejectedDataPoints: rejections.total(), errorMessage: [...faults].slice(0, maxFaults).join('; ') };
}

/** Exporters log the faults in one line. */
const maxFaults = 10;

function parse(read: OtlpRequest['read']): readonly ResourceMetrics[] {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof OtlpError)) throw error;
    throw new HttpProblem(400, 'the body is not an OTLP metrics request', {
      cause: error,
      errors: [{ path: 'body', message: error.message }],
    });
  }
}

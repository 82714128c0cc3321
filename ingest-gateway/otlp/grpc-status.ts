/** Problems of the API as gRPC tells them. Source: https://opentelemetry.io/docs/specs/otlp/#failures */
import { Metadata, status } from '@grpc/grpc-js';
import { HttpProblem } from '../../common/http/problem.ts';
import type { Log } from '../../common/program/log.ts';
import { encodeRetryStatus } from './partial-success.ts';

/** Which of them an exporter may send again is fixed by the specification; the rest it must not. */
const codes: Readonly<Record<number, status>> = {
  400: status.INVALID_ARGUMENT,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  413: status.INVALID_ARGUMENT,
  415: status.INVALID_ARGUMENT,
  429: status.RESOURCE_EXHAUSTED,
  503: status.UNAVAILABLE,
};

/** What ends a call. */
export interface GrpcStatus {
  readonly code: status;
  readonly details: string;
  readonly metadata?: Metadata;
}

/** What is no problem is logged, and told without words. */
export function grpcStatus(thrown: unknown, log: Log): GrpcStatus {
  if (!(thrown instanceof HttpProblem)) {
    log.error('an OTLP request failed', { error: thrown });
    return { code: status.INTERNAL, details: 'internal error; the log has the details' };
  }
  const { title, errors, headers } = thrown;
  const code = codes[thrown.status] ?? status.UNKNOWN;
  const details = [title, ...errors.map(({ path, message }) => `${path}: ${message}`)].join('; ');
  const afterSeconds = Number(headers['Retry-After'] ?? Number.NaN);
  if (Number.isNaN(afterSeconds)) return { code, details };
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', encodeRetryStatus({ code, message: details, afterSeconds }));
  return { code, details, metadata };
}

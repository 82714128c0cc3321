/** What a gRPC status says about a push. Source: https://opentelemetry.io/docs/specs/otlp/#failures */
import { type ServiceError, status } from '@grpc/grpc-js';
import { firstWords, longestRetryAfterMs, mendMs, type PushOutcome } from './outcome.ts';
import { readRetryDelayMs } from './retry-info.ts';

export function outcomeOfGrpc({ code, details, metadata }: ServiceError): PushOutcome {
  const detail = `gRPC ${status[code]}: ${firstWords(details)}`;
  const asked = retryDelayMs(metadata);
  const afterMs = asked === undefined ? {} : { afterMs: Math.min(asked, longestRetryAfterMs) };
  switch (code) {
    case status.UNAUTHENTICATED:
    case status.PERMISSION_DENIED:
      return { kind: 'retry', reason: 'unauthorized', detail, afterMs: mendMs };
    case status.UNIMPLEMENTED:
    case status.NOT_FOUND:
      return { kind: 'retry', reason: 'misdirected', detail, afterMs: mendMs };
    case status.INVALID_ARGUMENT:
    case status.FAILED_PRECONDITION:
    case status.ALREADY_EXISTS:
      return { kind: 'drop', detail };
    case status.RESOURCE_EXHAUSTED:
      // With a time to wait it is overload; without, the message was too large: a smaller one may pass.
      return asked === undefined
        ? { kind: 'drop', detail }
        : { kind: 'retry', reason: 'overloaded', detail, ...afterMs };
    case status.UNAVAILABLE:
      // The same status stands for a receiver that has no time and for one that is not there.
      return { kind: 'retry', reason: asked === undefined ? 'network' : 'overloaded', detail, ...afterMs };
    case status.DEADLINE_EXCEEDED:
    case status.CANCELLED:
      return { kind: 'retry', reason: 'network', detail, ...afterMs };
    case status.OK:
    case status.UNKNOWN:
    case status.ABORTED:
    case status.OUT_OF_RANGE:
    case status.INTERNAL:
    case status.DATA_LOSS:
      return { kind: 'retry', reason: 'server', detail, ...afterMs };
  }
}

function retryDelayMs(metadata: ServiceError['metadata'] | undefined): number | undefined {
  const [found] = metadata?.get('grpc-status-details-bin') ?? [];
  if (!Buffer.isBuffer(found)) return undefined;
  try {
    return readRetryDelayMs(found);
  } catch {
    return undefined; // details of another kind: the status itself says what matters
  }
}

/** Classifies gRPC statuses. Source: https://opentelemetry.io/docs/specs/otlp/#failures */
import { type ServiceError, status } from '@grpc/grpc-js';
import { readMessage } from '../../../common/protobuf/read.ts';
import { firstWords, longestRetryAfterMs, misconfiguredRetryMs, type PushOutcome } from './outcome.ts';

export function outcomeOfGrpc({ code, details, metadata }: ServiceError): PushOutcome {
  const detail = `gRPC ${status[code]}: ${firstWords(details)}`;
  const delayMs = retryDelayMs(metadata);
  const afterMs = delayMs === undefined ? {} : { afterMs: Math.min(delayMs, longestRetryAfterMs) };
  switch (code) {
    case status.UNAUTHENTICATED:
    case status.PERMISSION_DENIED:
      return { kind: 'retry', reason: 'unauthorized', detail, afterMs: misconfiguredRetryMs };
    case status.UNIMPLEMENTED:
    case status.NOT_FOUND:
      return { kind: 'retry', reason: 'misdirected', detail, afterMs: misconfiguredRetryMs };
    case status.INVALID_ARGUMENT:
    case status.FAILED_PRECONDITION:
    case status.ALREADY_EXISTS:
      return { kind: 'drop', detail };
    case status.RESOURCE_EXHAUSTED:
      // With RetryInfo the receiver is overloaded. Without it the message was too large, and a smaller one may be accepted.
      return delayMs === undefined
        ? { kind: 'drop', detail }
        : { kind: 'retry', reason: 'overloaded', detail, ...afterMs };
    case status.UNAVAILABLE:
      // An overloaded receiver sends RetryInfo; without it the receiver is unreachable.
      return { kind: 'retry', reason: delayMs === undefined ? 'network' : 'overloaded', detail, ...afterMs };
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

/** Undefined when the status has no details, or details of another kind. */
function retryDelayMs(metadata: ServiceError['metadata'] | undefined): number | undefined {
  const [found] = metadata?.get('grpc-status-details-bin') ?? [];
  if (!Buffer.isBuffer(found)) return undefined;
  try {
    return readRetryDelayMs(found);
  } catch {
    return undefined;
  }
}

/**
 * Returns the milliseconds of the `google.rpc.RetryInfo` in a `google.rpc.Status`; undefined when there is none. Throws a
 * `RangeError` for malformed bytes.
 * Source: https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto and status.proto
 */
export function readRetryDelayMs(status: Uint8Array): number | undefined {
  let delayMs: number | undefined;
  readMessage(status, {
    3: (detail) => {
      delayMs = readDetail(detail.bytes()) ?? delayMs;
    },
  });
  return delayMs;
}

/** Reads a `google.protobuf.Any`. */
function readDetail(any: Uint8Array): number | undefined {
  let type = '';
  let value: Uint8Array = new Uint8Array(0);
  readMessage(any, {
    1: (reader) => {
      type = reader.string();
    },
    2: (reader) => {
      value = reader.bytes();
    },
  });
  return type.endsWith('/google.rpc.RetryInfo') ? readRetryInfo(value) : undefined;
}

function readRetryInfo(info: Uint8Array): number {
  let delayMs = 0;
  readMessage(info, {
    1: (duration) =>
      readMessage(duration.bytes(), {
        1: (seconds) => {
          delayMs += seconds.int64() * 1_000;
        },
        2: (nanoseconds) => {
          delayMs += nanoseconds.int64() / 1e6;
        },
      }),
  });
  return delayMs;
}

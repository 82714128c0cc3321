/** Encodes the response to an export request, in protobuf and in JSON, and the details of a gRPC error. */
import { createProtobufWriter } from '../../../common/protobuf/write.ts';

/** The request was accepted except for some points. */
export interface PartialSuccess {
  readonly rejectedDataPoints: number;
  readonly errorMessage: string;
}

/** Encodes an `ExportMetricsServiceResponse`; its field 1 is `ExportMetricsPartialSuccess`. */
export function encodeResponse(partial: PartialSuccess | undefined): Buffer {
  const writer = createProtobufWriter();
  if (partial !== undefined)
    writer.message(1, () => {
      writer.varint(1, partial.rejectedDataPoints);
      writer.string(2, partial.errorMessage);
    });
  return Buffer.from(writer.finish());
}

/** Returns the same response for JSON, where 64-bit integers are strings. */
export function renderResponse(partial: PartialSuccess | undefined) {
  if (partial === undefined) return {};
  const { rejectedDataPoints, errorMessage } = partial;
  return { partialSuccess: { rejectedDataPoints: String(rejectedDataPoints), errorMessage } };
}

export interface Retry {
  readonly code: number;
  readonly message: string;
  readonly afterSeconds: number;
}

/**
 * Encodes a `google.rpc.Status` with `RetryInfo` for the trailer `grpc-status-details-bin`. Without it, an exporter does not
 * retry after RESOURCE_EXHAUSTED and does not know when to retry after UNAVAILABLE.
 * Source: https://opentelemetry.io/docs/specs/otlp/#otlpgrpc-throttling
 */
export function encodeRetryStatus({ code, message, afterSeconds }: Retry): Buffer {
  const writer = createProtobufWriter();
  writer.varint(1, code);
  writer.string(2, message);
  writer.message(3, () => {
    writer.string(1, 'type.googleapis.com/google.rpc.RetryInfo');
    // RetryInfo.retry_delay, Duration.seconds
    writer.message(2, () => writer.message(1, () => writer.varint(1, afterSeconds)));
  });
  return Buffer.from(writer.finish());
}

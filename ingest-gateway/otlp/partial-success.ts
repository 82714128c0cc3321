/** The answer to an export request, in protobuf and in JSON, and the details of a gRPC refusal. */

export interface PartialSuccess {
  readonly rejectedDataPoints: number;
  readonly errorMessage: string;
}

/** `ExportMetricsServiceResponse`, whose field 1 is `ExportMetricsPartialSuccess {int64 = 1, string = 2}`. */
export function encodeResponse(partial: PartialSuccess | undefined): Buffer {
  if (partial === undefined) return Buffer.alloc(0);
  return message(
    1,
    Buffer.concat([integer(1, partial.rejectedDataPoints), message(2, Buffer.from(partial.errorMessage))]),
  );
}

/** The same in JSON, where 64-bit numbers are texts. */
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
 * `google.rpc.Status` with a `RetryInfo` among its details, for the trailer `grpc-status-details-bin`: without it an
 * exporter may not send again after RESOURCE_EXHAUSTED, and does not know when after UNAVAILABLE.
 * Source: https://opentelemetry.io/docs/specs/otlp/#otlpgrpc-throttling
 */
export function encodeRetryStatus({ code, message: text, afterSeconds }: Retry): Buffer {
  const retryInfo = message(1, integer(1, afterSeconds)); // Duration.seconds
  const any = Buffer.concat([
    message(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo')),
    message(2, retryInfo),
  ]);
  return Buffer.concat([integer(1, code), message(2, Buffer.from(text)), message(3, any)]);
}

function integer(field: number, value: number): Buffer {
  return Buffer.from([field << 3, ...varint(value)]);
}

function message(field: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(content.length)]), content]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return [...bytes, rest];
}

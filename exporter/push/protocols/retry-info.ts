/**
 * `google.rpc.RetryInfo` in the details of a gRPC status: how long an overloaded receiver wants to be left alone.
 * Source: https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto and status.proto
 */
import { readMessage } from '../../../common/protobuf/read.ts';

/** Returns milliseconds; undefined when the status has no `RetryInfo`. Throws a `RangeError` for malformed bytes. */
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

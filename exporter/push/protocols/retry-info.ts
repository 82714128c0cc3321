/**
 * `google.rpc.RetryInfo` in the details of a gRPC status: how long an overloaded receiver wants to be left alone.
 * Source: https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto and status.proto
 */
import { readMessage } from '../../../common/protobuf/read.ts';

/** Milliseconds; undefined when the status asks for nothing. Throws a `RangeError` for bytes that are no status. */
export function readRetryDelayMs(status: Uint8Array): number | undefined {
  let delayMs: number | undefined;
  readMessage(status, (field, reader) => {
    if (field !== 3) return false;
    delayMs = readDetail(reader.bytes()) ?? delayMs;
    return true;
  });
  return delayMs;
}

function readDetail(any: Uint8Array): number | undefined {
  let type = '';
  let value: Uint8Array = new Uint8Array(0);
  readMessage(any, (field, reader) => {
    if (field === 1) type = reader.string();
    else if (field === 2) value = reader.bytes();
    else return false;
    return true;
  });
  return type.endsWith('/google.rpc.RetryInfo') ? readRetryInfo(value) : undefined;
}

function readRetryInfo(info: Uint8Array): number {
  let delayMs = 0;
  readMessage(info, (field, reader) => {
    if (field !== 1) return false;
    readMessage(reader.bytes(), (part, number) => {
      if (part === 1) delayMs += number.int64() * 1_000;
      else if (part === 2) delayMs += number.int64() / 1e6;
      else return false;
      return true;
    });
    return true;
  });
  return delayMs;
}

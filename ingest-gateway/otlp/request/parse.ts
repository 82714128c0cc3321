/** Parses an export request in JSON or protobuf. */
import { HttpProblem } from '../../../common/http/problem.ts';
import { OtlpError, type ResourceMetrics } from '../../../common/otlp/metrics-data.ts';
import { countFields } from './count-fields.ts';
import { readJsonRequest } from './read-json.ts';
import { readProtobufRequest } from './read-protobuf.ts';

export interface ParseOptions {
  readonly isJson: boolean;
  /** Limit of fields of a request in protobuf. */
  readonly maxFields: number;
}

/** Throws an `HttpProblem`: 400 for a malformed request, 413 for one with too many fields. */
export function parseOtlp(bytes: Uint8Array, { isJson, maxFields }: ParseOptions): readonly ResourceMetrics[] {
  if (!isJson && countFields(bytes, maxFields) > maxFields)
    throw new HttpProblem(413, `the body holds more than ${maxFields} fields`);
  try {
    return isJson
      ? readJsonRequest(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'))
      : readProtobufRequest(bytes);
  } catch (error) {
    if (!(error instanceof OtlpError)) throw error;
    throw malformedRequest([{ path: '', message: error.message }], error);
  }
}

export function malformedRequest(
  faults: readonly { readonly path: string; readonly message: string }[],
  cause?: Error,
): HttpProblem {
  const errors = faults.map(({ path, message }) => ({
    path: 'body',
    message: path === '' ? message : `${path}: ${message}`,
  }));
  return new HttpProblem(400, 'the body is not an OTLP metrics request', { cause, errors });
}

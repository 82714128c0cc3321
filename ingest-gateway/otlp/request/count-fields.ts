/**
 * Counts the fields of an `ExportMetricsServiceRequest` before any object is built: two bytes can become an object of hundreds.
 * Source: https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto (field numbers)
 */
import { wire } from '../../../common/protobuf/read.ts';
import { MalformedRequestError, WireCursor } from '../../remote-write/wire-cursor.ts';

/** The fields of a message that are messages. */
interface Shape {
  readonly [field: number]: Shape;
}

const anyValue: { [field: number]: Shape } = {};
const keyValue: Shape = { 2: anyValue };
anyValue[5] = { 1: anyValue };
anyValue[6] = { 1: keyValue };
/** Attributes are field 7 of a number or a summary, and field 9 of a histogram. */
const pointData: Shape = { 1: { 6: {}, 7: keyValue } };
const histogramData: Shape = { 1: { 9: keyValue } };
const metric: Shape = { 5: pointData, 7: pointData, 9: histogramData, 10: { 1: {} }, 11: pointData };
const request: Shape = { 1: { 1: { 1: keyValue }, 2: { 1: {}, 2: metric } } };

/** Deeper attributes are refused by the reader. */
const maxDepth = 64;
/** Bytes of packed numbers that count as one field. */
const packedBytes = 8;

/**
 * Returns the number of fields, and stops soon after `maxFields`. Bytes of a text do not count; packed numbers of a histogram
 * count one by one. Stops at the first fault of the encoding, which the reader reports.
 */
export function countFields(bytes: Uint8Array, maxFields: number): number {
  const cursor = new WireCursor(bytes);
  let count = 0;

  function countMessage(shape: Shape, end: number, depth: number): void {
    while (cursor.position < end && count <= maxFields) {
      count += 1;
      const key = cursor.key(end);
      const field = Math.floor(key / 8);
      const content = key % 8 === wire.lengthDelimited ? shape[field] : undefined;
      if (content === undefined || depth === maxDepth) {
        const start = cursor.position;
        cursor.skip(key, end);
        if (isPacked(shape, field)) count += Math.floor((cursor.position - start) / packedBytes);
        continue;
      }
      const contentEnd = cursor.contentEnd(end);
      countMessage(content, contentEnd, depth + 1);
      cursor.position = contentEnd;
    }
  }

  try {
    countMessage(request, bytes.length, 0);
  } catch (error) {
    if (!(error instanceof MalformedRequestError)) throw error;
  }
  return count;
}

/** Bucket counts and bounds of a histogram's point. */
function isPacked(shape: Shape, field: number): boolean {
  return shape === histogramData[1] && (field === 6 || field === 7);
}

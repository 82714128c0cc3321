/** Reads protobuf attributes as label values. Source: KeyValue and AnyValue in opentelemetry/proto/common/v1/common.proto. */
import { OtlpError } from '../../../common/otlp/metrics-data.ts';
import { type ProtobufReader, readMessage } from '../../../common/protobuf/read.ts';
import { type AttributeValue, renderAttribute } from './attribute-text.ts';

/** Reads the `KeyValue` messages in the given field and skips all other fields. */
export function readAttributes(bytes: Uint8Array, field: number): Map<string, string> {
  const attributes = new Map<string, string>();
  readMessage(bytes, { [field]: (reader) => addAttribute(attributes, reader.bytes()) });
  return attributes;
}

/** Adds the attribute of one `KeyValue` message. */
export function addAttribute(attributes: Map<string, string>, bytes: Uint8Array): void {
  const { key, value } = readKeyValue(bytes, 0);
  attributes.set(key, renderAttribute(value));
}

function readKeyValue(bytes: Uint8Array, depth: number): { key: string; value: AttributeValue } {
  let key = '';
  let value: AttributeValue = null;
  readMessage(bytes, {
    1: (reader) => {
      key = reader.string();
    },
    2: (reader) => {
      value = readAnyValue(reader.bytes(), depth);
    },
  });
  return { key, value };
}

/** Bounds the recursion. */
const maxDepth = 16;

function readAnyValue(bytes: Uint8Array, depth: number): AttributeValue {
  if (depth > maxDepth) throw new OtlpError(`an attribute is nested more than ${maxDepth} deep`);
  let value: AttributeValue = null;
  const take = (read: (reader: ProtobufReader) => AttributeValue) => (reader: ProtobufReader) => {
    value = read(reader);
  };
  readMessage(bytes, {
    1: take((reader) => reader.string()),
    2: take((reader) => reader.int64() !== 0),
    3: take((reader) => reader.int64()),
    4: take((reader) => reader.double()),
    5: take((reader) => {
      const values: AttributeValue[] = [];
      readMessage(reader.bytes(), { 1: (inner) => values.push(readAnyValue(inner.bytes(), depth + 1)) });
      return values;
    }),
    6: take((reader) => {
      const pairs: [string, AttributeValue][] = [];
      readMessage(reader.bytes(), {
        1: (inner) => {
          const { key, value: found } = readKeyValue(inner.bytes(), depth + 1);
          pairs.push([key, found]);
        },
      });
      return Object.fromEntries(pairs);
    }),
    7: take((reader) => reader.bytes()),
  });
  return value;
}

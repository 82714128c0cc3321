/** Reads JSON attributes as label values. Source: KeyValue and AnyValue in opentelemetry/proto/common/v1/common.proto. */
import { OtlpError } from '../../../common/otlp/metrics-data.ts';
import { type AttributeValue, renderAttribute } from './attribute-text.ts';
import { boolean, integer, type Json, list, member, number, object, text } from './json-members.ts';

/** Reads the member `attributes`. */
export function readAttributes(parent: Json, at: string): Map<string, string> {
  return new Map(
    list(parent, 'attributes', at).map(([pair, pairAt]) => [
      text(pair['key'], `${pairAt}.key`),
      renderAttribute(readAnyValue(pair['value'], `${pairAt}.value`, 0)),
    ]),
  );
}

const maxDepth = 16;

/** Returns null for a value without a member, as one whose members are all null. */
function readAnyValue(raw: unknown, at: string, depth: number): AttributeValue {
  if (depth > maxDepth) throw new OtlpError(`nested more than ${maxDepth} deep`, { path: at });
  if (raw === undefined || raw === null) return null;
  const value = object(raw, at);
  const [string, bool, int] = [member(value, 'stringValue'), member(value, 'boolValue'), member(value, 'intValue')];
  if (string !== undefined) return text(string, at);
  if (bool !== undefined) return boolean(bool);
  if (int !== undefined) return integer(int, at);
  const [double, bytes] = [member(value, 'doubleValue'), member(value, 'bytesValue')];
  if (double !== undefined) return number(double, at);
  if (bytes !== undefined) return Buffer.from(text(bytes, at), 'base64');
  const [array, pairs] = [member(value, 'arrayValue'), member(value, 'kvlistValue')];
  if (array !== undefined) return readArray(object(array, at), at, depth);
  if (pairs === undefined) return null;
  return Object.fromEntries(
    list(object(pairs, at), 'values', at).map(([pair, pairAt]) => [
      text(pair['key'], pairAt),
      readAnyValue(pair['value'], pairAt, depth + 1),
    ]),
  );
}

/** Keeps the place of a null. */
function readArray(array: Json, at: string, depth: number): AttributeValue[] {
  const values = member(array, 'values') ?? [];
  if (!Array.isArray(values)) throw new OtlpError('expected a list', { path: `${at}.values` });
  return (values as unknown[]).map((each, index) => readAnyValue(each, `${at}.values[${index}]`, depth + 1));
}

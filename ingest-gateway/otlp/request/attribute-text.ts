/** Renders attribute values as label values. Source: AnyValue in opentelemetry/proto/common/v1/common.proto. */

/** An `AnyValue`. */
export type AttributeValue =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | null
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };

/** Renders lists and maps as JSON and bytes as base64, as the specification requires for systems that have strings only. */
export function renderAttribute(value: AttributeValue): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  return typeof value === 'object' && !(value instanceof Uint8Array) ? JSON.stringify(plain(value)) : scalar(value);
}

function scalar(value: number | bigint | boolean | Uint8Array): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : String(value);
}

/** Returns a value that JSON can represent. */
function plain(value: AttributeValue): unknown {
  if (value instanceof Uint8Array) return scalar(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly AttributeValue[]).map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each as AttributeValue)]));
}

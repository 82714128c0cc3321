/** Flattens a JSON Schema into rows for people: path (`hosts[].values[].metric`), type, description. */
import type { JsonSchema } from '../../api/openapi/schema.ts';

export interface SchemaRow {
  /** Empty for the root. */
  readonly path: string;
  readonly type: string;
  readonly description: string;
}

/** Returns the row of the schema, then the rows of its members, depth first. */
export function schemaRows(schema: JsonSchema, path = ''): readonly SchemaRow[] {
  const { description } = schema;
  const row = { path, type: typeOf(schema), description: typeof description === 'string' ? description : '' };
  return [row, ...inner(schema, path)];
}

function inner(schema: JsonSchema, path: string): readonly SchemaRow[] {
  const { properties, items, required, anyOf } = schema as Shape;
  const rows = Object.entries(properties ?? {}).flatMap(([name, each]) => {
    const isRequired = required?.includes(name) === true;
    return schemaRows(each, `${path === '' ? '' : `${path}.`}${name}${isRequired ? '' : '?'}`);
  });
  if (items !== undefined) rows.push(...inner(items, `${path}[]`));
  for (const each of anyOf ?? []) rows.push(...inner(each, path));
  return rows;
}

interface Shape {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly additionalProperties?: JsonSchema | false;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly default?: unknown;
}

/** A longer enumeration is shown by its type. The list of metrics is in docs/metrics.md. */
const maxValues = 12;

function typeOf(schema: JsonSchema): string {
  const {
    type,
    items,
    prefixItems,
    anyOf,
    enum: values,
    const: constant,
    format,
    additionalProperties,
  } = schema as Shape;
  if (constant !== undefined) return JSON.stringify(constant);
  if (values !== undefined && values.length <= maxValues)
    return values.map((value) => JSON.stringify(value)).join(', ');
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ');
  if (prefixItems !== undefined) return `[${prefixItems.map(typeOf).join(', ')}]`;
  if (type === 'array') return items === undefined ? 'list' : `list of ${typeOf(items)}`;
  if (type === 'object' && additionalProperties !== undefined && additionalProperties !== false)
    return Object.keys(additionalProperties).length === 0 ? 'object' : `map of ${typeOf(additionalProperties)}`;
  return [type ?? 'any', format].flat().filter(Boolean).join(', ');
}

/** Zod's schemas as OpenAPI 3.1 spells them: JSON Schema 2020-12 without what only a validator of its own reads. */
import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Renders schemas; those that have an id (`.meta({ id })`) become components, and a reference stands in their place. */
export interface SchemaBook {
  /** What goes in, before transforms and defaults. */
  input(schema: z.ZodType): JsonSchema;
  /** What comes out. */
  output(schema: z.ZodType): JsonSchema;
  /** Adds a component under a name of its own. */
  add(name: string, schema: JsonSchema): void;
  /** The components so far. */
  components(): Readonly<Record<string, JsonSchema>>;
}

export function createSchemaBook(): SchemaBook {
  const components: Record<string, JsonSchema> = {};

  function add(name: string, schema: JsonSchema): void {
    const known = components[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema))
      throw new Error(`two different schemas are called ${name}`);
    components[name] = schema;
  }

  function render(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    // In a list of its own, so that a schema with an id is a reference at the top, too.
    const { items } = convert(z.array(schema), io);
    return items as JsonSchema;
  }

  function convert(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const { $defs = {}, ...rest } = referToComponents(z.toJSONSchema(schema, { io, override })) as {
      $defs?: Record<string, JsonSchema>;
    };
    for (const [name, { id: _id, ...definition }] of Object.entries($defs)) add(name, definition);
    return rest;
  }

  return {
    input: (schema) => render(schema, 'input'),
    output: (schema) => render(schema, 'output'),
    add,
    components: () => components,
  };
}

function override({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  // The format says it; the pattern is half a page of leap years.
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  // A default that a transform already passed has another type than what goes in.
  if (jsonSchema.type === 'string' && typeof jsonSchema.default === 'number')
    jsonSchema.default = String(jsonSchema.default);
}

function referToComponents(schema: object): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/'));
}

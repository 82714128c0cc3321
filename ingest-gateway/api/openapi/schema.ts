/** Converts Zod schemas to the JSON Schema 2020-12 of OpenAPI 3.1. */
import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Converts schemas. A schema with an id (`.meta({ id })`) becomes a component, and its uses become references. */
export interface SchemaBook {
  /** Describes values before transforms and defaults. */
  input(schema: z.ZodType): JsonSchema;
  /** Describes values after transforms and defaults. */
  output(schema: z.ZodType): JsonSchema;
  /** Adds a component. Throws if the name has another schema. */
  add(name: string, schema: JsonSchema): void;
  /** The components so far. */
  components(): Readonly<Record<string, JsonSchema>>;
}

export function createSchemaBook(): SchemaBook {
  const components: Record<string, JsonSchema> = {};

  function add(name: string, schema: JsonSchema): void {
    const known = components[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema))
      throw new Error(`two different schemas have the name ${name}`);
    components[name] = schema;
  }

  function render(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    // In an array, because Zod makes references only below the top.
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
  // The format is enough; the pattern spells out leap years.
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  // The default of a transformed schema has the type of the output.
  if (jsonSchema.type === 'string' && typeof jsonSchema.default === 'number')
    jsonSchema.default = String(jsonSchema.default);
}

function referToComponents(schema: object): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/'));
}

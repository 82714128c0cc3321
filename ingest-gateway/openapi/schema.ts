/** Zod's schemas as OpenAPI 3.1 spells them: JSON Schema 2020-12 without what only a validator of its own reads. */
import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What goes in, before transforms and defaults. */
export function inputSchema(schema: z.ZodType): JsonSchema {
  return render(schema, 'input');
}

/** What comes out. */
export function outputSchema(schema: z.ZodType): JsonSchema {
  return render(schema, 'output');
}

function render(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io,
    override({ jsonSchema }) {
      // The format says it; the pattern is half a page of leap years.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      // A default that a transform already passed has another type than what goes in.
      if (jsonSchema.type === 'string' && typeof jsonSchema.default === 'number')
        jsonSchema.default = String(jsonSchema.default);
    },
  });
  return rest;
}

/**
 * Schemas of `POST /api/v1/metrics/collect`: zod for the API documents, compiled at start into the faster checks that run for
 * every sample.
 */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { hostName } from '../../schema/fields.ts';
import { pushLimits } from '../limits.ts';

const labels = z.record(z.string(), z.string());
const unit = z.string().max(64).optional().meta({
  description: "The catalogue's unit for a metric of the catalogue. Any text for other metrics; it is not stored.",
});
const type = z.enum(['counter', 'gauge', 'untyped', 'unknown', 'histogram', 'summary']).optional();
const name = z.string().min(1).max(pushLimits.maxNameLength);

/** Values that JSON numbers cannot express. */
const notFinite = z.enum(['NaN', '+Inf', '-Inf', 'Inf']);
const number = z.union([z.number(), notFinite]);

export const pushedSample = z
  .strictObject({
    name: name.meta({
      description: 'A dotted name, or a Prometheus metric name.',
      examples: ['cpu.usage.total'],
    }),
    value: number,
    unit,
    type,
    tags: labels.optional(),
    timestamp: z
      .union([z.number(), z.string()])
      .optional()
      .meta({ description: 'Milliseconds since the epoch, or RFC 3339; the time of the push when absent.' }),
  })
  .meta({ id: 'PushedSample', description: 'One sample.' });

export const pushedSeries = z
  .strictObject({
    name: name.meta({ examples: ['node_cpu_seconds_total'] }),
    points: z
      .array(z.tuple([z.number(), z.union([number, z.null()])]))
      .min(1)
      .max(pushLimits.maxSamples)
      .meta({ description: '[milliseconds, value] in time order; null ends the series at that time.' }),
    unit,
    type,
    tags: labels.optional(),
  })
  .meta({ id: 'PushedSeries', description: 'A series with one or more points.' });

const envelope = {
  host: hostName,
  labels: labels.optional().meta({
    description: 'Labels for every series of the push, such as env or rack; the gateway sets instance and job.',
  }),
};

export const collectBody = z
  .strictObject({ ...envelope, metrics: z.array(z.union([pushedSample, pushedSeries])).max(pushLimits.maxSamples) })
  .meta({ id: 'CollectBody' });

export type PushedSample = z.infer<typeof pushedSample>;
export type PushedSeries = z.infer<typeof pushedSeries>;

export interface CollectEnvelope {
  readonly host: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Not checked yet. */
  readonly metrics: readonly unknown[];
}

export interface ShapeFault {
  /** Path within the checked value, such as `tags.device`; empty for the value itself. */
  readonly path: string;
  readonly message: string;
}

/** Returns undefined for a valid value. */
export type ShapeCheck = (value: unknown) => ShapeFault | undefined;

const ajv = new Ajv2020({ allErrors: false, strict: true, allowUnionTypes: true, unicodeRegExp: true });

export const checkEnvelope = compile(
  z.strictObject({ ...envelope, metrics: z.array(z.unknown()).max(pushLimits.maxSamples) }),
);
export const checkSample = compile(pushedSample);
export const checkSeries = compile(pushedSeries);

function compile(schema: z.ZodType): ShapeCheck {
  const shape = z.toJSONSchema(schema, { io: 'input', reused: 'inline' });
  const validate: ValidateFunction = ajv.compile(withoutAnnotations(shape) as object);
  return (value) => {
    if (validate(value)) return undefined;
    const [error] = validate.errors ?? [];
    return error === undefined ? { path: '', message: 'does not match the schema' } : explain(error);
  };
}

/** Removes keys that only documents need. With ids, ajv would register the schemas. */
function withoutAnnotations(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutAnnotations);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => !['$schema', 'id', '$id', 'description', 'examples'].includes(key))
      .map(([key, value]) => [key, withoutAnnotations(value)]),
  );
}

function explain({ instancePath, keyword, params, message = 'does not match the schema' }: ErrorObject): ShapeFault {
  const path = instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
  const given = params as Readonly<Record<string, unknown>>;
  if (keyword === 'additionalProperties')
    return { path, message: `unknown key ${JSON.stringify(given['additionalProperty'])}` };
  if (keyword === 'required') return { path, message: `expected a key ${JSON.stringify(given['missingProperty'])}` };
  if (keyword === 'enum') return { path, message: `expected one of ${String(given['allowedValues'])}` };
  return { path, message: `expected: ${message}` };
}

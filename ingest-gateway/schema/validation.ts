/** Validates parameters and bodies of calls against Zod schemas. Each fault names its place. */
import { z } from 'zod';
import { HttpProblem, type ProblemDetail } from '../../common/http/problem.ts';
import { renderPath } from '../../common/program/settings/config.ts';
import { wholeFault } from '../../common/program/settings/validation-messages.ts';

/**
 * A flat object. A member that is an array takes a repeated parameter. A strict object refuses unknown and repeated parameters;
 * other objects ignore them and take the first value, as Prometheus does.
 */
export type ParameterSchema = z.ZodObject<Record<string, z.ZodType>>;

/** Returns the parsed parameters. Throws an `HttpProblem` 400 that lists every fault. */
export function parseParameters<S extends ParameterSchema>(schema: S, given: URLSearchParams): z.output<S> {
  if (given.size === 0 && Object.keys(schema.shape).length === 0) return {} as z.output<S>; // the fast path of a push
  const errors: ProblemDetail[] = [];
  const isStrict = schema.def.catchall instanceof z.ZodNever;
  const raw: Record<string, string | readonly string[]> = {};
  for (const name of new Set(given.keys())) {
    const values = given.getAll(name);
    const member = Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined;
    if (member === undefined) {
      if (isStrict) errors.push({ path: name, message: explainUnknown(schema) });
    } else if (isRepeatable(member)) raw[name] = values;
    else if (values.length === 1 || !isStrict) raw[name] = values[0] as string;
    else errors.push({ path: name, message: `expected once, got ${values.length} times` });
  }
  const parsed = schema.safeParse(raw, { error: wholeFault });
  if (!parsed.success) {
    const faulty = new Set(errors.map(({ path }) => path)); // left out of `raw`, so Zod reports them as missing
    errors.push(...detailsOf(parsed.error).filter(({ path }) => !faulty.has(path)));
  }
  if (errors.length > 0 || !parsed.success) throw new HttpProblem(400, 'the parameters are not valid', { errors });
  return parsed.data;
}

function explainUnknown(schema: ParameterSchema): string {
  const names = Object.keys(schema.shape);
  return names.length === 0
    ? 'unknown parameter: this call takes none'
    : `unknown parameter; expected ${names.join(', ')}`;
}

function isRepeatable(schema: z.ZodType): boolean {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return isRepeatable(schema.unwrap() as z.ZodType);
  return schema instanceof z.ZodArray;
}

export type Validated<T> = { readonly value: T } | { readonly faults: readonly ProblemDetail[] };

/** Returns the parsed body, or every fault. The path of a fault of the body itself is `body`. */
export function validateBody<S extends z.ZodType>(schema: S, value: unknown): Validated<z.output<S>> {
  const parsed = schema.safeParse(value, { error: wholeFault });
  return parsed.success ? { value: parsed.data } : { faults: detailsOf(parsed.error) };
}

function detailsOf({ issues }: z.ZodError): readonly ProblemDetail[] {
  return issues.flatMap((issue) => {
    const path = issue.path as (string | number)[];
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: renderPath([...path, key]), message: 'unknown member' }));
    return [{ path: path.length === 0 ? 'body' : renderPath(path), message: issue.message }];
  });
}

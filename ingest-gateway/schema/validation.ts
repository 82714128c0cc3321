/** A call's parameters against its schema: unknown names, repeats and bad values are each named in one 400. */
import { z } from 'zod';
import { HttpProblem, type ProblemDetail } from '../../common/http/problem.ts';
import { renderPath } from '../../common/program/settings/config.ts';
import { wholeFault } from '../../common/program/settings/validation-messages.ts';
import type { ParameterSchema } from '../api/route.ts';

/** The checked parameters. Throws an `HttpProblem` 400 that lists every fault. */
export function parseParameters<S extends ParameterSchema>(schema: S, given: URLSearchParams): z.output<S> {
  if (given.size === 0 && Object.keys(schema.shape).length === 0) return {} as z.output<S>; // every push
  const errors: ProblemDetail[] = [];
  const raw: Record<string, string | readonly string[]> = {};
  for (const name of new Set(given.keys())) {
    const values = given.getAll(name);
    const wanted = Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined;
    if (wanted === undefined) errors.push({ path: name, message: explainUnknown(schema) });
    else if (takesSeveral(wanted)) raw[name] = values;
    else if (values.length === 1) raw[name] = values[0] as string;
    else errors.push({ path: name, message: `expected once, got ${values.length} times` });
  }
  const parsed = schema.safeParse(raw, { error: wholeFault });
  if (!parsed.success) errors.push(...parsed.error.issues.flatMap((issue) => detailOf(issue, errors)));
  if (errors.length > 0 || !parsed.success) throw new HttpProblem(400, 'the parameters are not valid', { errors });
  return parsed.data;
}

function detailOf(issue: z.core.$ZodIssue, known: readonly ProblemDetail[]): ProblemDetail[] {
  const path = renderPath(issue.path as (string | number)[]);
  const isKnown = known.some((each) => each.path === path); // repeated, so not looked at: not missing
  return isKnown ? [] : [{ path, message: issue.message }];
}

function explainUnknown(schema: ParameterSchema): string {
  const names = Object.keys(schema.shape);
  return names.length === 0
    ? 'unknown parameter: this call takes none'
    : `unknown parameter; expected ${names.join(', ')}`;
}

function takesSeveral(schema: z.ZodType): boolean {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return takesSeveral(schema.unwrap() as z.ZodType);
  return schema instanceof z.ZodArray;
}

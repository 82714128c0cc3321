/** What a schema found, in our words: each fault by its place. */
import type { z } from 'zod';
import type { ProblemDetail } from '../../common/http/problem.ts';
import { renderPath } from '../../common/program/settings/config.ts';
import { wholeFault } from '../../common/program/settings/validation-messages.ts';

export type Checked<T> = { readonly value: T } | { readonly faults: readonly ProblemDetail[] };

export function checkBody<S extends z.ZodType>(schema: S, value: unknown): Checked<z.output<S>> {
  const parsed = schema.safeParse(value, { error: wholeFault });
  return parsed.success ? { value: parsed.data } : { faults: parsed.error.issues.flatMap(detailsOf) };
}

function detailsOf(issue: z.core.$ZodIssue): readonly ProblemDetail[] {
  const path = issue.path as (string | number)[];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: renderPath([...path, key]), message: 'unknown member' }));
  return [{ path: path.length === 0 ? 'body' : renderPath(path), message: issue.message }];
}

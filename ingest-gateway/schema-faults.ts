/** What a schema found, in our words: each fault by its place. */
import type { z } from 'zod';
import type { ProblemDetail } from '../common/http/problem.ts';
import { renderPath } from '../common/program/config.ts';

/** Of a value that was parsed with `reportInput`. */
export function faultsOf({ issues }: z.ZodError): readonly ProblemDetail[] {
  return issues.flatMap((issue) => detailsOf(issue));
}

function detailsOf(issue: z.core.$ZodIssue): readonly ProblemDetail[] {
  const path = issue.path as (string | number)[];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: renderPath([...path, key]), message: 'unknown member' }));
  return [{ path: path.length === 0 ? 'body' : renderPath(path), message: explain(issue) }];
}

function explain(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type') return issue.message;
  return `expected ${words[issue.expected] ?? issue.expected}, got ${kindOf(issue.input)}`;
}

const words: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return JSON.stringify(value).slice(0, 100);
}

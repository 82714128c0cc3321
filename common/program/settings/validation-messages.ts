/**
 * Default messages of zod schemas for config files, HTTP bodies, parameters and rule files. Pass them as `error` to
 * `safeParse`, with `reportInput` when the message includes the value.
 */
import type { z } from 'zod';

type Issue = z.core.$ZodRawIssue | z.core.$ZodIssue;

/** Renders the expected value alone: `a text`, `one of slack, email`. */
export const expectation: z.core.$ZodErrorMap = (issue) => expectationOf(issue);

/** Renders the whole message: `expected a text, got 5`, `is missing; expected a text`. */
export const wholeFault: z.core.$ZodErrorMap = (issue) => {
  const expected = `expected ${expectationOf(issue)}`;
  const got = 'discriminator' in issue ? memberOf(issue.input, issue.discriminator) : issue.input;
  return got === undefined ? `is missing; ${expected}` : `${expected}, got ${describeShortly(got)}`;
};

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

const formats: Readonly<Record<string, string>> = {
  datetime: 'a time in RFC 3339 (2026-01-31T12:00:00Z)',
  url: 'a URL',
};

const sizes: Readonly<Record<string, string>> = { string: ' characters', array: ' items', record: ' members' };

function expectationOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.join(', ')}`;
    case 'invalid_union':
      return unionOf(issue);
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'a text that is not empty';
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${sizes[issue.origin] ?? ''}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${sizes[issue.origin] ?? ''}`;
    case 'invalid_format':
      return formats[issue.format] ?? (issue.pattern === undefined ? issue.format : `a text like ${issue.pattern}`);
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'another name';
    case 'unrecognized_keys':
      return `none of ${issue.keys.join(', ')}`;
    case 'invalid_element':
    case 'custom':
      return issue.message ?? 'another value';
  }
}

function unionOf(issue: Extract<Issue, { code?: 'invalid_union' }>): string {
  const { options } = issue as { options?: readonly unknown[] };
  if (options !== undefined) return `one of ${options.join(', ')}`;
  const branches = issue.errors.flatMap(([first]) => (first === undefined ? [] : [expectationOf(first)]));
  return [...new Set(branches)].join(' or ');
}

function memberOf(value: unknown, name: unknown): unknown {
  return (value as Readonly<Record<string, unknown>> | null | undefined)?.[String(name)];
}

/** Does not render the content of lists and objects. */
function describeShortly(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return (JSON.stringify(value) ?? 'nothing').slice(0, 100);
}

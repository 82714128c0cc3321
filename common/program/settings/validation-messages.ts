/**
 * What a schema expects where it does not say so itself, in our words: the one place for config files, HTTP bodies,
 * parameters and files of rules. Given as `error` to `safeParse`, beside `reportInput` where what was got is told.
 */
import type { z } from 'zod';

type Issue = z.core.$ZodRawIssue | z.core.$ZodIssue;

/** `a text`, `one of slack, email`: for whoever tells place, expected and got apart. */
export const expectation: z.core.$ZodErrorMap = (issue) => expectationOf(issue);

/** `expected a text, got 5`, `is missing; expected a text`: the whole fault in one text. */
export const wholeFault: z.core.$ZodErrorMap = (issue) => {
  const expected = `expected ${expectationOf(issue)}`;
  const got = 'discriminator' in issue ? memberOf(issue.input, issue.discriminator) : issue.input;
  return got === undefined ? `is missing; ${expected}` : `${expected}, got ${describeShortly(got)}`;
};

const kinds: Readonly<Record<string, string>> = {
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
      return kinds[issue.expected] ?? issue.expected;
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

/** Lists and objects by their kind alone. */
function describeShortly(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return (JSON.stringify(value) ?? 'nothing').slice(0, 100);
}

/** Default messages of schemas: every kind of fault has a message of hostpulse, none of zod. */
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { expectation, wholeFault } from '../../../../common/program/settings/validation-messages.ts';

const byType = z.discriminatedUnion('type', [
  z.object({ type: z.literal('slack') }),
  z.object({ type: z.literal('email') }),
]);

test.each<[z.ZodType, unknown, string]>([
  [z.object({ a: z.string() }), {}, 'is missing; expected a text'],
  [z.object({ a: z.int() }), { a: 1.5 }, 'expected a whole number, got 1.5'],
  [z.object({}), [], 'expected an object, got a list'],
  [z.literal('x'), 'y', 'expected x, got "y"'],
  [z.enum(['a', 'b']), {}, 'expected one of a, b, got an object'],
  [byType, { type: 'pager' }, 'expected one of slack, email, got "pager"'],
  [byType, {}, 'is missing; expected one of slack, email'],
  [z.union([z.string(), z.number()]), true, 'expected a text or a number, got true'],
  [z.string().min(1), '', 'expected a text that is not empty, got ""'],
  [z.string().max(3), 'abcd', 'expected at most 3 characters, got "abcd"'],
  [z.array(z.string()).min(2), [], 'expected at least 2 items, got a list'],
  [z.number().gt(5), 5, 'expected more than 5, got 5'],
  [z.number().multipleOf(5), 3, 'expected a multiple of 5, got 3'],
  [z.string().regex(/^a/), 'b', 'expected a text like /^a/, got "b"'],
  [z.iso.datetime(), 'x', 'expected a time in RFC 3339 (2026-01-31T12:00:00Z), got "x"'],
  [z.url(), 'x', 'expected a URL, got "x"'],
  [z.string('a message of the schema'), 5, 'a message of the schema'],
])('fault %#', (schema, value, words) => {
  expect(schema.safeParse(value, { error: wholeFault }).error?.issues.map(({ message }) => message)).toEqual([words]);
});

test('`expectation` renders the expected value alone', () => {
  expect(byType.safeParse({}, { error: expectation }).error?.issues[0]?.message).toBe('one of slack, email');
  const names = z.record(z.string().min(2), z.number());
  expect(names.safeParse({ a: 1 }, { error: expectation }).error?.issues[0]?.message).toBe('at least 2 characters');
});

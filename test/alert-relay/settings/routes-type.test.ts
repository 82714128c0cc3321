/** Matchers of routes: the syntax of Alertmanager, and regular expressions of RE2. */
import { describe, expect, test } from '@jest/globals';
import { tryParseMatcher } from '../../../alert-relay/settings/routes-type.ts';

function matches(matcher: string, labels: Readonly<Record<string, string>>): boolean {
  const parsed = tryParseMatcher(matcher);
  if (parsed === undefined) throw new Error(`expected a matcher, got ${matcher}`);
  return parsed.matches(labels);
}

test.each<[string, Readonly<Record<string, string>>, boolean]>([
  ['severity = critical', { severity: 'critical' }, true],
  ['severity = critical', {}, false],
  ['env != test', {}, true],
  ['instance =~ "db-.*"', { instance: 'db-1' }, true],
  ['instance =~ "db-.*"', { instance: 'my-db-1' }, false],
  ['instance !~ "db-.*"', { instance: 'web-1' }, true],
  ['instance =~ "db-1|web"', { instance: 'web-2' }, false],
  ['instance =~ "(?i)DB-\\\\d+"', { instance: 'db-12' }, true],
  ['instance =~ "db-\\d"', { instance: 'db-1' }, true],
  ['instance =~ "\\\\pL+"', { instance: 'größe' }, true],
  ['instance =~ "[[:alpha:]]+"', { instance: 'abc' }, true],
  ['instance =~ ".+"', { instance: 'a\nb' }, true],
])('%s of %j: %s', (matcher, labels, expected) => {
  expect(matches(matcher, labels)).toBe(expected);
});

describe('a regular expression', () => {
  test.each(['(?=db)', '(a)\\\\1', '(', '[z-a]', '*'])('%s is refused, as by Alertmanager', (pattern) => {
    expect(tryParseMatcher(`instance =~ "${pattern}"`)).toBeUndefined();
  });

  test('that backtracks for ever in other engines matches in linear time', () => {
    // 2^40 steps in an engine that backtracks: the test would end at its time limit.
    expect(matches('instance =~ "(a+)+"', { instance: `${'a'.repeat(40)}b` })).toBe(false);
  });
});

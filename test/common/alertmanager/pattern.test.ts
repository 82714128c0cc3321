/** Patterns match in linear time; what they match is in the cases of the matchers. */
import { expect, test } from '@jest/globals';
import { isPattern, tryCompilePattern } from '../../../common/alertmanager/pattern.ts';
import { threadCpuMs } from '../../support/turn-cost.ts';

test.each([
  ['(a+)+', `${'a'.repeat(5_000)}b`],
  ['([a-z]+-?)+[.]prod', 'web-frontend-cluster-production-europe-west-a'],
  ['(x+x+)+y', 'x'.repeat(5_000)],
  ['(.*a){20}', `${'a'.repeat(2_000)}b`],
])('%s, which backtracks for ever in other engines, is linear', (pattern, text) => {
  const startedMs = threadCpuMs();
  expect(tryCompilePattern(pattern)?.(text)).toBe(false);
  expect(threadCpuMs() - startedMs).toBeLessThan(1_000);
});

test('other syntax is refused', () => {
  expect(['(?=a)', '(?<!a)', '\\1', '(', 'a++', '((a{100}){100}){100}'].filter(isPattern)).toEqual([]);
});

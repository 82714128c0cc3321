import { expect, test } from '@jest/globals';
import { compareFindings, formatFinding } from '../../../scripts/check/finding.ts';

test('findings print as path, line and message, ordered by path and line', () => {
  const finding = (path: string, line: number) => ({ path, line, message: 'm' });
  const findings = [finding('b.ts', 2), finding('a.ts', 10), finding('b.ts', 1), finding('a.ts', 9)];
  expect(findings.toSorted(compareFindings).map(formatFinding)).toEqual([
    'a.ts:9: m',
    'a.ts:10: m',
    'b.ts:1: m',
    'b.ts:2: m',
  ]);
});

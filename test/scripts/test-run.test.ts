/** Checks the numbers of tests in the closing line, and which runs count as failed. */
import { expect, test } from '@jest/globals';
import { countTests, renderTotals } from '../../scripts/test-run.ts';

const report = (counts: Readonly<Record<string, number>>): string =>
  JSON.stringify({
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    numRuntimeErrorTestSuites: 0,
    ...counts,
  });

test.each([
  ['all passed', report({ numPassedTests: 3 }), 0, { passed: 3, failed: 0, skipped: 0 }],
  [
    'failures are counted once',
    report({ numPassedTests: 3, numFailedTests: 2 }),
    1,
    { passed: 3, failed: 2, skipped: 0 },
  ],
  ['a file that does not load', report({ numRuntimeErrorTestSuites: 1 }), 1, { passed: 0, failed: 1, skipped: 0 }],
  [
    'skipped and todo',
    report({ numPassedTests: 1, numPendingTests: 2, numTodoTests: 1 }),
    0,
    { passed: 1, failed: 0, skipped: 3 },
  ],
  ['exit code without a failure', report({ numPassedTests: 3 }), 1, { passed: 3, failed: 1, skipped: 0 }],
  ['no report', undefined, 1, { passed: 0, failed: 1, skipped: 0 }],
])('%s', (_, text, exitCode, totals) => {
  expect(countTests(text, exitCode)).toEqual(totals);
});

test('the closing line names skipped tests', () => {
  expect(renderTotals({ passed: 20, failed: 0, skipped: 0 })).toBe('20 passed, 0 failed');
  expect(renderTotals({ passed: 11, failed: 2, skipped: 3 })).toBe('11 passed, 2 failed, 3 skipped');
});

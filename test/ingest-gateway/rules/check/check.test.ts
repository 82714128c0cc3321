/** Where the text of an expression is not PromQL. */
import { describe, expect, test } from '@jest/globals';
import { trySyntaxFault } from '../../../../ingest-gateway/rules/check/check.ts';

describe('syntax errors', () => {
  test.each([
    ['sum(up', 1, 7, 'not PromQL here: the end of the text'],
    ['up ==', 1, 6, 'not PromQL here: the end of the text'],
    ['a b', 1, 3, 'not PromQL here: "b"'],
    ['up{a=b}', 1, 6, 'not PromQL here: "b}"'],
    ['rate(\n  up[5m]\n) +\n', 4, 1, 'not PromQL here: the end of the text'],
    ['a) or (b', 1, 2, 'not PromQL here: ") or (b"'],
    [`up ? ${'x'.repeat(50)}`, 1, 4, `not PromQL here: "? ${'x'.repeat(38)}..."`],
  ])('%s', (text, line, column, message) => {
    expect(trySyntaxFault(text)).toEqual({ line, column, message });
  });

  test.each(['up', 'up == 0', 'sum by (a) (rate(x{b=~"c.*"}[5m])) > 1e3 # d', 'a unless on (b) c'])(
    'but %s is',
    (text) => {
      expect(trySyntaxFault(text)).toBeUndefined();
    },
  );
});

/** Selectors that an expression needs. Queries of their data are in test/e2e/rules.test.ts. */
import { expect, test } from '@jest/globals';
import { metrics } from '../../../../common/catalogue/metrics.ts';
import { currentExpression } from '../../../../common/catalogue/promql.ts';
import { alternativesOf } from '../../../../ingest-gateway/rules/check/selector-data.ts';

test.each<[string, readonly (readonly string[])[]]>([
  ['up == 0', [['up']]],
  ['a{b="c"} / on (x) a{b="c"} > 1', [['a{b="c"}']]],
  ['sum(rate(a[5m] offset 1h)) / b', [['a'], ['b']]],
  ['a or b or c', [['a', 'b', 'c']]],
  ['(a / b) or c', [['a', 'b', 'c']]],
  ['a + (b or c)', [['a'], ['b', 'c']]],
  ['a unless b', [['a']]],
  ['absent(a)', [['a']]],
  ['vector(1)', []],
  ['a +', [['a']]],
])('%s', (expression, alternatives) => expect(alternativesOf(expression)).toEqual(alternatives));

test('no catalogue metric needs both pushing and scraped hosts', () => {
  expect(metrics.length).toBeGreaterThan(20);
  for (const metric of metrics) {
    const alone = alternativesOf(currentExpression(metric)).filter(([first = '', ...rest]) => {
      return first.startsWith('hostpulse_') && rest.length === 0;
    });
    expect([metric.name, alone]).toEqual([metric.name, []]);
  }
});

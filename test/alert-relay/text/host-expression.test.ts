/** A rule's expression for one host: what Prometheus still understands, and what is left as it is. */
import { expect, test } from '@jest/globals';
import { narrowToHost } from '../../../alert-relay/text/host-expression.ts';
import { metrics } from '../../../common/catalogue/index.ts';
import { matcher } from '../../../common/catalogue/matcher.ts';
import { currentExpression } from '../../../common/catalogue/queries.ts';

const web1 = 'instance="web-1"';

test.each([
  ['up', `up{${web1}}`],
  ['up{}', `up{${web1}}`],
  ['up{job="node"}', `up{${web1},job="node"}`],
  ['{__name__=~"a|b"}', `{${web1},__name__=~"a|b"}`],
  ['rate(x[5m] offset 1m) / on (instance) y', `rate(x{${web1}}[5m] offset 1m) / on (instance) y{${web1}}`],
  ['max by (instance) (app_queue_oldest_seconds)', `max by (instance) (app_queue_oldest_seconds{${web1}})`],
  ['up{instance="db-1"} - up{instance=~".*"}', 'up{instance="db-1"} - up{instance=~".*"}'],
  ['up and "instance" # up', `up{${web1}} and "instance" # up`],
])('%s', (expression, narrowed) => expect(narrowToHost(expression, 'web-1')).toBe(narrowed));

test.each(['label_replace(x, "instance", "$1", "target", "(.*)")', 'a * on (job) group_left (x) b', 'up{', '1 +'])(
  'left: %s',
  (expression) => expect(narrowToHost(expression, 'web-1')).toBe(expression),
);

test('a host is a text', () => {
  expect(narrowToHost('up', 'a"} or {x="')).toBe('up{instance="a\\"} or {x=\\""}');
});

test('the catalogue: the same selectors as the catalogue itself makes for a host', () => {
  const selectors = (text: string): readonly string[] =>
    [...text.matchAll(/\w+\{[^}]*\}/g)].map(([found]) => found.replace(/\{(.*)\}/, (_, all) => all.split(',').sort()));
  expect(metrics.length).toBeGreaterThan(20);
  for (const metric of metrics) {
    const narrowed = narrowToHost(currentExpression(metric), 'web-1');
    expect(selectors(narrowed)).toEqual(selectors(currentExpression(metric, [matcher('instance', 'web-1')])));
  }
});

/** Restriction of PromQL to one host: every selector has the matcher, and text that is not PromQL is refused. */
import { describe, expect, test } from '@jest/globals';
import type { Principal } from '../../../common/http/auth.ts';
import { restrictSelectors, restrictToHost } from '../../../ingest-gateway/query/restrict-to-host.ts';

const bound = (host: string): Principal => ({ kind: 'key', id: 'k', name: 'k', scopes: ['read'], host });
const free: Principal = { kind: 'key', id: 'k', name: 'k', scopes: ['read'] };

describe('restrictToHost', () => {
  test.each([
    ['up', 'up{instance="web-1"}'],
    ['up{}', 'up{instance="web-1"}'],
    ['up{job="node"}', 'up{instance="web-1",job="node"}'],
    ['up{job="node",}', 'up{instance="web-1",job="node",}'],
    ['up{instance="db-1"}', 'up{instance="web-1",instance="db-1"}'],
    ['{__name__=~".+"}', '{instance="web-1",__name__=~".+"}'],
    ['{"http.requests",code="500"}', '{instance="web-1","http.requests",code="500"}'],
    ['rate(up[5m])', 'rate(up{instance="web-1"}[5m])'],
    ['up offset 1h @ end()', 'up{instance="web-1"} offset 1h @ end()'],
    ['max_over_time(up{a="}"}[1h:5m])', 'max_over_time(up{instance="web-1",a="}"}[1h:5m])'],
    ['up{ # }\n a="b"}', 'up{instance="web-1", # }\n a="b"}'],
    ['up # comment\n{a="b"}', 'up # comment\n{instance="web-1",a="b"}'],
    [
      'sum by (instance) (sum) / on() group_left up',
      'sum by (instance) (sum{instance="web-1"}) / on() group_left up{instance="web-1"}',
    ],
    ['absent(up) or vector(1)', 'absent(up{instance="web-1"}) or vector(1)'],
    ['label_replace(up, "a", "$1", "b", "(.*)")', 'label_replace(up{instance="web-1"}, "a", "$1", "b", "(.*)")'],
    ["up{a='{b}'} unless ALERTS{a=`x{`}", 'up{instance="web-1",a=\'{b}\'} unless ALERTS{instance="web-1",a=`x{`}'],
    ['1 # \r + up', '1 # \n + up{instance="web-1"}'],
    ['up #\r\n + up', 'up{instance="web-1"} #\n + up{instance="web-1"}'],
    ['1 + 1', '1 + 1'],
  ])('%s', (expression, restricted) => {
    expect(restrictToHost(expression, bound('web-1'))).toBe(restricted);
  });

  test('escapes the host', () => {
    expect(restrictToHost('up', bound('a"} or vector(1) #\\'))).toBe('up{instance="a\\"} or vector(1) #\\\\"}');
  });

  test.each([
    'up{',
    'up}',
    'up{a="b" or c="d"}',
    'up{a="b"',
    'sum(up',
    'up up',
    'up{a=b}',
    '(',
    'rate(up[5m',
    '\u0000',
  ])('refuses %j', (expression) => {
    expect(() => restrictToHost(expression, bound('web-1'))).toThrow(
      expect.objectContaining({ status: 400, errors: [expect.objectContaining({ path: 'query' })] }),
    );
  });

  test('leaves the text of other callers unchanged, PromQL or not', () => {
    expect(restrictToHost('up{', free)).toBe('up{');
    expect(restrictToHost('up', undefined)).toBe('up');
  });

  test('a long expression is restricted in every place', () => {
    const restricted = restrictToHost(Array.from({ length: 300 }, () => 'up').join(' + '), bound('web-1'));
    expect(restricted.split('{instance="web-1"}')).toHaveLength(301);
    expect(() => restrictToHost('('.repeat(50_000), bound('web-1'))).toThrow();
  });
});

describe('restrictSelectors', () => {
  test('a bound caller without selectors selects its host', () => {
    expect(restrictSelectors(undefined, bound('web-1'))).toEqual(['{instance="web-1"}']);
    expect(restrictSelectors([], bound('web-1'))).toEqual(['{instance="web-1"}']);
    expect(restrictSelectors(['up', '{job="node"}'], bound('web-1'))).toEqual([
      'up{instance="web-1"}',
      '{instance="web-1",job="node"}',
    ]);
  });

  test('another caller selects what it gives', () => {
    expect(restrictSelectors(undefined, free)).toEqual([]);
    expect(restrictSelectors(['up'], free)).toEqual(['up']);
  });
});

/** Routing: the rule's annotation, the order of routes, and invalid routes. */
import { describe, expect, test } from '@jest/globals';
import { tryParseMatcher } from '../../../alert-relay/routing/matcher.ts';
import { routeAlert } from '../../../alert-relay/routing/routes.ts';
import { routesType } from '../../../alert-relay/routing/routes-type.ts';

const channels = ['oncall', 'ops', 'mail'];

function route(tree: unknown, labels: Record<string, string>, annotation?: string) {
  const parsed = routesType.parse(tree);
  if (!('value' in parsed)) throw new Error(JSON.stringify(parsed));
  const annotations: Record<string, string> = annotation === undefined ? {} : { channels: annotation };
  return routeAlert({ labels, annotations }, { channels, routes: parsed.value });
}

const tree = [
  { severity: 'critical', channels: ['oncall'], continue: true },
  { matchers: ['instance =~ "db-.*"', 'env != test'], channels: ['mail'] },
  { severity: ['warning', 'info'], matchers: ['env = test'], channels: [] },
  { channels: ['ops'] },
];

describe('routes', () => {
  test.each([
    [{ severity: 'critical', instance: 'web-1' }, ['oncall', 'ops']],
    [{ severity: 'critical', instance: 'db-1' }, ['oncall', 'mail']],
    [{ severity: 'warning', instance: 'db-1', env: 'prod' }, ['mail']],
    [{ severity: 'warning', instance: 'db-1', env: 'test' }, []],
    [{ severity: 'info', instance: 'xdb-1' }, ['ops']],
    [{}, ['ops']],
  ])('%j', (labels, expected) => expect(route(tree, labels).channels).toEqual(expected));

  test('the rule decides if it names channels; for default and unknown names the routes decide', () => {
    expect(route(tree, {}, 'mail, oncall')).toMatchObject({ channels: ['oncall', 'mail'], unknown: [] });
    expect(route(tree, {}, 'default').channels).toEqual(['ops']);
    expect(route(tree, {}, 'mail default').channels).toEqual(['ops', 'mail']);
    expect(route(tree, {}, 'opps')).toMatchObject({ channels: ['ops'], unknown: ['opps'] });
    expect(route(tree, {}, 'opps mail')).toMatchObject({ channels: ['mail'], unknown: ['opps'] });
  });

  test('without a matching route, every channel is chosen', () => {
    expect(route([], {})).toMatchObject({ channels, reasons: ['no routes are configured: every channel'] });
    expect(route([{ severity: 'x', channels: ['ops'] }], {})).toMatchObject({
      channels,
      reasons: ['no route matches: every channel'],
    });
  });

  test('the reasons', () => {
    expect(route(tree, { severity: 'critical', instance: 'db-1' }).reasons).toEqual([
      'routes[0]: severity critical',
      'routes[1]: instance =~ "db-.*", env != test',
    ]);
    expect(route(tree, {}).reasons).toEqual(['routes[3]: everything']);
  });

  test('every fault has its path', () => {
    const parsed = routesType.parse([
      { channels: 'ops' },
      { matchers: ['instance'], channels: [] },
      { matchers: ['a =~ "("'], channels: [], to: 'x' },
    ]);
    if (!('faults' in parsed)) throw new Error('no faults');
    expect(parsed.faults.map(({ path, expected }) => [path.join('.'), expected])).toEqual([
      ['0.channels', 'a list of channels'],
      ['1.matchers.0', expect.stringMatching(/a matcher such as/)],
      ['2.matchers.0', expect.stringMatching(/a matcher such as/)],
      ['2.to', 'a known key'],
    ]);
  });

  test('routes are printed as they were given', () => {
    const parsed = routesType.parse(tree);
    if (!('value' in parsed)) throw new Error('faults');
    const printed = routesType.print(parsed.value);
    expect(routesType.parse(printed)).toMatchObject({ value: [{}, {}, {}, {}] });
    expect(JSON.stringify(printed)).toContain('"matchers":["instance =~ \\"db-.*\\"","env != test"]');
  });
});

describe('matchers', () => {
  test.each([
    ['a = b', { a: 'b' }, true],
    ['a="b c"', { a: 'b c' }, true],
    ['a=b', { a: 'bb' }, false],
    ['a=', {}, true],
    ['a != b', {}, true],
    ['a =~ b.', { a: 'bc' }, true],
    ['a =~ b', { a: 'bc' }, false],
    ['a =~ "\\d+"', { a: '12' }, true],
    ['a =~ "x|y"', { a: 'y' }, true],
    ['a !~ "x|y"', { a: 'y' }, false],
  ])('%s', (text, labels, expected) => expect(tryParseMatcher(text)?.matches(labels)).toBe(expected));
});

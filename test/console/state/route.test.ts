/** Addresses, problems, searches, and the address of a graph. */
import { describe, expect, test } from '@jest/globals';
import {
  alertPath,
  dashboardPath,
  graphPath,
  hostPath,
  loginPath,
  newSilencePath,
  safeNext,
} from '../../../common/page/paths.ts';
import { ApiProblem, parseProblem, renderProblem } from '../../../console/api/problem.ts';
import { graphRange, graphRangeChanges } from '../../../console/graph/graph-address.ts';
import { findOptions } from '../../../console/pickers/find-options.ts';
import { tryMatch, withParameters } from '../../../console/state/route.ts';

describe('addresses', () => {
  test.each([
    ['/d/:uid', '/d/cpu', { uid: 'cpu' }],
    ['/d/:uid', '/d/cpu/', { uid: 'cpu' }],
    ['/hosts/:host', '/hosts/web%2F1', { host: 'web/1' }],
    ['/silences/new', '/silences/new', {}],
    ['/', '/', {}],
    ['/d/:uid', '/d', undefined],
    ['/d/:uid', '/d/a/b', undefined],
    ['/d/:uid', '/d/%', undefined],
    ['/silences/new', '/silences/old', undefined],
  ])('%s at %s', (pattern, path, parameters) => expect(tryMatch(pattern, path)).toEqual(parameters));

  test('render and parse to the same parameters', () => {
    expect(tryMatch('/hosts/:host', hostPath('a/b c'))).toEqual({ host: 'a/b c' });
    expect([dashboardPath('cpu'), alertPath(7), loginPath('/'), loginPath('/d/x?a=b')]).toEqual([
      '/d/cpu',
      '/alerts/7',
      '/login',
      '/login?next=%2Fd%2Fx%3Fa%3Db',
    ]);
    const filter = '{alertname="X Y",path="/a&b"}';
    const query = (path: string) => Object.fromEntries(new URLSearchParams(path.split('?')[1]));
    expect(query(newSilencePath(filter))).toEqual({ filter });
    expect(query(graphPath({ expr: 'a > b', start: 's' }))).toEqual({ expr: 'a > b', start: 's' });
  });

  test.each([
    ['/d/x?from=now-1h', '/d/x?from=now-1h'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['javascript:alert(1)', '/'],
    ['/a\r\nb', '/'],
    [null, '/'],
  ])('after the login, %j leads to %s', (next, safe) => expect(safeNext(next)).toBe(safe));
});

describe('problems', () => {
  test('have the gateway’s title and a line for each detail', () => {
    const body = JSON.stringify({
      title: 'the rule is not valid',
      status: 422,
      errors: [{ path: 'expr', message: 'expected PromQL' }],
    });
    const problem = parseProblem(422, body);
    expect(problem).toMatchObject({ status: 422, errors: [{ path: 'expr', message: 'expected PromQL' }] });
    expect(renderProblem(problem)).toBe('the rule is not valid\nexpr: expected PromQL');
  });

  test('of queries have Prometheus’ message', () => {
    const body = JSON.stringify({ title: 'Prometheus refused', error: 'parse error at char 3' });
    expect(renderProblem(parseProblem(400, body))).toBe('parse error at char 3');
  });

  test.each(['<html>Bad Gateway</html>', '', '[]', '{"errors":[{"x":1}]}'])(
    'of a proxy have the status: %j',
    (body) => {
      expect(renderProblem(parseProblem(502, body))).toBe('The gateway answered with status 502');
    },
  );

  test('of other errors have the message', () => {
    expect([renderProblem(new Error('x')), renderProblem(new ApiProblem(404, 'gone'))]).toEqual(['x', 'gone']);
  });
});

describe('a search in options', () => {
  const hosts = ['db-1', 'web-10', 'web-2', 'my-web'];

  test.each([
    ['', ['db-1', 'my-web', 'web-2', 'web-10']],
    ['WEB', ['web-2', 'web-10', 'my-web']],
    ['w 1', ['web-10']],
    ['none', []],
  ])('%j finds', (search, shown) => expect(findOptions(hosts, { search, first: [] })).toEqual({ shown, more: 0 }));

  test('lists a limited number of options', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => `host-${index}`);
    const { shown, more } = findOptions(many, { search: '', first: ['$__all'] });
    expect([shown.length, shown[0], more]).toEqual([201, '$__all', 800]);
  });
});

describe('a graph', () => {
  const read = (text: string) => graphRange(new URLSearchParams(text));

  test.each([
    ['start=2026-03-01T12:00:00.000Z&end=2026-03-01T13:00:00Z', '1772366400000', '1772370000000'],
    ['start=2026-03-01T12:00:00.000Z', '1772366400000', 'now'],
    ['', 'now-1h', 'now'],
    ['start=soon', 'soon', 'now'],
    ['start=2026-03-01T12:00:00.000Z&from=now-2h&to=now-1h', 'now-2h', 'now-1h'],
  ])('%j is from %s to %s', (text, from, to) => expect(read(text)).toEqual({ from, to }));

  test('prefers the range chosen on the page to the range of the link', () => {
    const next = withParameters(
      new URLSearchParams('expr=up&start=a&end=b'),
      graphRangeChanges({ from: '1', to: '2' }),
    );
    expect(String(next)).toBe('expr=up&from=1&to=2');
  });
});

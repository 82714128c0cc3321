/** The draft of a rule: its conversion from and to the API, and the messages at its fields. */
import { describe, expect, test } from '@jest/globals';
import { ApiProblem } from '../../../../console/api/problem.ts';
import type { Rule } from '../../../../console/api/rules.ts';
import { draftOf, emptyDraft, listOf, toBody } from '../../../../console/rules/form/draft.ts';
import { dataNotes } from '../../../../console/rules/form/dry-run.ts';
import { faultsOf, markPlace, tryMissingFields } from '../../../../console/rules/form/faults.ts';
import { conditionOf } from '../../../../console/rules/rule-text.ts';

const rule: Rule = {
  id: 'rule-3f9a1c20',
  revision: 3,
  name: 'DiskNearlyFull',
  metric: 'disk.usage.percent',
  operator: '>',
  threshold: 85,
  for: '5m',
  hosts: ['db-1', 'db-2'],
  matchers: [{ name: 'mountpoint', value: '/var.*', isRegex: true, isEqual: true }],
  severity: 'critical',
  channels: ['team'],
  labels: { team: 'storage' },
  annotations: { summary: '{{ $labels.instance }}', runbook_url: 'https://example.com', dashboard: 'x' },
  enabled: true,
  expression: '(x) > 85',
  created_at: '2026-03-01T11:00:00.000Z',
  updated_at: '2026-03-01T11:00:00.000Z',
};

describe('required fields', () => {
  test('that are empty have a message', () => {
    expect(tryMissingFields(emptyDraft)?.byField).toEqual({
      name: 'Enter a name such as DiskNearlyFull',
      threshold: 'Enter a number',
    });
    expect(tryMissingFields({ ...emptyDraft, name: ' X ', source: 'expr', operator: '' })?.byField).toEqual({
      expr: 'Enter an expression such as up == 0',
    });
  });

  test('of a complete rule have none', () => expect(tryMissingFields(draftOf(rule))).toBeUndefined());
});

describe('a draft', () => {
  test('of a rule gives the rule’s body', () => {
    const { id: _id, revision: _revision, expression: _expression, created_at: _c, updated_at: _u, ...body } = rule;
    expect(toBody(draftOf(rule))).toEqual(body);
  });

  test('with PromQL has no host selector, and no operator if the expression is the condition', () => {
    const { metric: _, operator: _o, threshold: _t, for: _f, hosts: _h, matchers: _m, ...rest } = rule;
    const byExpr = draftOf({ ...rest, expr: 'up == 0' });
    expect([byExpr.source, byExpr.operator, byExpr.for]).toEqual(['expr', '', '']);
    expect(toBody({ ...byExpr, hosts: 'db-1', threshold: '5' })).toEqual({
      name: 'DiskNearlyFull',
      expr: 'up == 0',
      severity: 'critical',
      channels: ['team'],
      labels: { team: 'storage' },
      annotations: rule.annotations,
      enabled: true,
    });
  });

  test('sends an invalid number unchanged, and omits empty rows', () => {
    const body = toBody({
      ...emptyDraft,
      name: ' A ',
      threshold: '8O',
      labels: [
        ['', ''],
        ['a', '1'],
      ],
    });
    expect([body.name, body.threshold, body.labels, 'hosts' in body]).toEqual(['A', '8O', { a: '1' }, false]);
  });

  test('with invalid matchers throws', () => {
    expect(() => toBody({ ...emptyDraft, matchers: 'mountpoint' })).toThrow('expected matchers');
  });

  test('separates lists by commas or blanks', () => expect(listOf(' a, b ,,c d ')).toEqual(['a', 'b', 'c', 'd']));
});

describe('faults', () => {
  test('are at their fields, and others at the top', () => {
    const problem = new ApiProblem(400, 'the body is not valid', [
      { path: 'name', message: 'expected letters' },
      { path: 'hosts[1]', message: 'expected a host' },
      { path: 'matchers[0].value', message: 'expected a text' },
      { path: 'annotations.summary', message: 'unterminated template' },
      { path: 'annotations.foo', message: 'unterminated template' },
      { path: 'labels.severity', message: 'is made from severity' },
      { path: 'zone', message: 'unknown member' },
      { path: 'body', message: 'expected an object' },
    ]);
    expect(faultsOf(problem)).toEqual({
      byField: {
        name: 'expected letters',
        hosts: '1: expected a host',
        matchers: '0.value: expected a text',
        summary: 'unterminated template',
        annotations: 'foo: unterminated template',
        labels: 'severity: is made from severity',
      },
      general: 'zone: unknown member\nbody: expected an object',
    });
  });

  test('mark the position in the expression', () => {
    const detail = { path: 'expr', message: 'unclosed left parenthesis', line: 2, column: 5 };
    const { byField, place } = faultsOf(new ApiProblem(422, 'no', [detail]));
    expect([byField, place]).toEqual([{ expr: 'unclosed left parenthesis' }, { line: 2, column: 5 }]);
    expect(markPlace('sum(\nrate(up', { line: 2, column: 5 })).toBe('rate(up\n    ^');
    expect(markPlace('up', { line: 9, column: 1 })).toBe('\n^');
  });
});

test.each([
  [rule, 'disk.usage.percent > 85% for 5m'],
  [
    { metric: 'memory.available', operator: '<' as const, threshold: 1_073_741_824, for: '0s' },
    'memory.available < 1 GiB',
  ],
  [{ expr: 'up == 0' }, 'up == 0'],
  [{ expr: 'x', operator: '>' as const, threshold: 1_000_000 }, 'x > 1000000'],
])('the condition of %j', (given, text) => expect(conditionOf(given)).toBe(text));

test('a dry run lists selectors without data, and where data start', () => {
  const [start, from] = ['2026-03-01T00:00:00.000Z', '2026-03-01T11:00:00.000Z'];
  expect(dataNotes({ start, data: [{ selector: 'a', from: start }] })).toEqual([]);
  expect(dataNotes({ start, data: [{ selector: 'a or b' }, { selector: 'c', from }] })).toEqual([
    'No series matches a or b.',
    expect.stringMatching(/^Data of c start at .*2026/),
  ]);
});

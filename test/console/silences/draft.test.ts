/** Tests the parser of durations, and the draft of a silence. */
import { describe, expect, test } from '@jest/globals';
import { ApiProblem } from '../../../console/api/problem.ts';
import {
  draftFromLink,
  draftOf,
  endOf,
  faultsOf,
  faultsOfProblem,
  startOf,
  toBody,
  tryParseSpan,
} from '../../../console/silences/draft.ts';

const equal = (name: string, value: string) => ({ name, value, isRegex: false, isEqual: true });
const nowMs = Date.UTC(2026, 2, 1, 12);

test.each([
  ['2h', 7_200_000],
  ['1h30m', 5_400_000],
  ['1.5 h', 5_400_000],
  [' 30 min ', 1_800_000],
  ['1w 2d', 777_600_000],
  ['90', undefined],
  ['2h soon', undefined],
  ['', undefined],
])('the duration %s', (text, ms) => expect(tryParseSpan(text)).toBe(ms));

describe('a draft', () => {
  const draft = { ...draftFromLink(new URLSearchParams({ filter: '{alertname="X"}' }), 'ada'), comment: 'disk swap' };

  test('from a link lacks only the comment', () => {
    const fresh = draftFromLink(new URLSearchParams({ filter: '{alertname="X"}' }), 'ada');
    expect(fresh).toEqual({ matchers: [equal('alertname', 'X')], start: '', end: '2h', comment: '', createdBy: 'ada' });
    expect(Object.keys(faultsOf(fresh, nowMs))).toEqual(['comment']);
    expect(faultsOf(draft, nowMs)).toEqual({});
  });

  test('without a link has an empty row', () => {
    const empty = draftFromLink(new URLSearchParams(), 'ada');
    expect(empty.matchers).toEqual([equal('', '')]);
    expect(Object.keys(faultsOf(empty, nowMs))).toEqual(['matchers[0]', 'matchers', 'comment']);
  });

  test.each([
    [{ end: '' }, 'end'],
    [{ end: '2026-02-01 10:00' }, 'end'],
    [{ end: 'soon' }, 'end'],
    [{ start: 'soon' }, 'start'],
    [{ matchers: [] }, 'matchers'],
    [{ matchers: [{ name: 'a', value: '.*', isRegex: true, isEqual: true }] }, 'matchers'],
    [{ matchers: [{ name: 'a', value: 'x', isRegex: false, isEqual: false }] }, 'matchers'],
    [{ comment: ' ' }, 'comment'],
  ])('with %j has a message at %s', (changes, field) => {
    expect(Object.keys(faultsOf({ ...draft, ...changes }, nowMs))).toContain(field);
  });

  test('leaves an expression that the browser cannot compile to Alertmanager', () => {
    const matchers = [{ name: 'a', value: '(?i)web', isRegex: true, isEqual: true }];
    expect(faultsOf({ ...draft, matchers }, nowMs)).toEqual({});
  });

  test('has an end relative to now', () => {
    expect(toBody({ ...draft, createdBy: ' ' }, nowMs)).toEqual({
      matchers: [equal('alertname', 'X')],
      ends_at: '2026-03-01T14:00:00.000Z',
      comment: 'disk swap',
    });
  });

  test('of a silence replaces the silence and keeps its times', () => {
    const silence = {
      id: '0f0e2b9c-7a52-4d0e-9c59-0f6f2f8f3a11',
      state: 'active' as const,
      matchers: [equal('a', 'b')],
      starts_at: '2026-03-01T11:00:00.000Z',
      ends_at: '2026-03-01T13:00:00.000Z',
      updated_at: '2026-03-01T11:00:00.000Z',
      created_by: 'bob',
      comment: 'why',
    };
    const { id, matchers, starts_at, ends_at, comment, created_by } = silence;
    expect(toBody(draftOf(silence), nowMs)).toEqual({ id, matchers, starts_at, ends_at, comment, created_by });
    const changed = { ...draftOf(silence), end: '4h' };
    expect(endOf(changed, startOf(changed, nowMs) ?? 0)).toBe(Date.parse('2026-03-01T15:00:00.000Z'));
  });
});

test("shows the API's messages at the fields", () => {
  const problem = new ApiProblem(400, 'the body is not valid', [
    { path: 'matchers[1].name', message: 'expected a label' },
    { path: 'ends_at', message: 'expected later' },
    { path: 'comment', message: 'expected a comment' },
    { path: 'zone', message: 'unknown member' },
  ]);
  expect(faultsOfProblem(problem)).toEqual({
    'matchers[1]': 'expected a label',
    end: 'expected later',
    comment: 'expected a comment',
    '': 'the body is not valid\nzone: unknown member',
  });
});

/** Edit conflicts of the rule form: newer versions, refused saves, and the user's decision. */
import { describe, expect, test } from '@jest/globals';
import type { Rule } from '../../../../console/api/rules.ts';
import { draftOf, emptyDraft } from '../../../../console/rules/form/draft.ts';
import {
  afterRefusal,
  differencesOf,
  editOf,
  newEdit,
  type RuleEdit,
  resolve,
  withLatest,
} from '../../../../console/rules/form/rule-edit.ts';

const opened: Rule = {
  id: 'rule-3f9a1c20',
  revision: 3,
  name: 'DiskNearlyFull',
  metric: 'disk.usage.percent',
  operator: '>',
  threshold: 85,
  for: '5m',
  severity: 'critical',
  annotations: { summary: 'full' },
  enabled: true,
  expression: '(x) > 85',
  created_at: '2026-03-01T11:00:00.000Z',
  updated_at: '2026-03-01T11:00:00.000Z',
};
const theirs: Rule = { ...opened, revision: 4, threshold: 90, severity: 'warning', updated_by: 'ann' };
const untouched = editOf(opened);
const typed: RuleEdit = { ...untouched, draft: { ...untouched.draft, threshold: '95', for: '10m' } };

describe('the rule read again', () => {
  test.each([
    ['the same version changes nothing', typed, opened, typed],
    ['an older version, answered late, changes nothing', editOf(theirs), opened, editOf(theirs)],
    ['a newer version replaces a form without changes', untouched, theirs, editOf(theirs)],
    ['a newer version waits for a decision beside typed changes', typed, theirs, { ...typed, theirs }],
    ['a newer version that waits is not shown twice', { ...typed, theirs }, theirs, { ...typed, theirs }],
    ['a deletion waits for a decision', typed, 'deleted', { ...typed, theirs: 'deleted' }],
    [
      'a deletion replaces a newer version that waits',
      { ...typed, theirs },
      'deleted',
      { ...typed, theirs: 'deleted' },
    ],
    [
      'a deletion is final: a late answer changes nothing',
      { ...typed, theirs: 'deleted' },
      theirs,
      { ...typed, theirs: 'deleted' },
    ],
    ['a new rule has no other version', newEdit(emptyDraft), 'deleted', newEdit(emptyDraft)],
  ] as const)('%s', (_, edit, latest, expected) => expect(withLatest(edit, latest)).toEqual(expected));

  test('a newer version with the typed values becomes the base of the draft', () => {
    const same: RuleEdit = { ...untouched, draft: draftOf(theirs) };
    expect(withLatest(same, theirs)).toEqual(editOf(theirs));
  });

  test('a third version replaces the second one that waits', () => {
    const third = { ...theirs, revision: 5, threshold: 99 };
    expect(withLatest({ ...typed, theirs }, third)).toEqual({ ...typed, theirs: third });
  });
});

describe('a save that the API refused as outdated', () => {
  test('with typed changes is a conflict: the draft stays, the newer version waits', () => {
    expect(afterRefusal(typed, theirs)).toEqual({ edit: { ...typed, theirs }, outcome: 'conflict' });
  });

  test('of a rule that is deleted is a conflict', () => {
    expect(afterRefusal(typed, 'deleted')).toEqual({ edit: { ...typed, theirs: 'deleted' }, outcome: 'conflict' });
  });

  test('once more, before the user decided, is the same conflict', () => {
    expect(afterRefusal({ ...typed, theirs }, theirs)).toEqual({ edit: { ...typed, theirs }, outcome: 'conflict' });
  });

  test('without changes shows the newer version', () => {
    expect(afterRefusal(untouched, theirs)).toEqual({ edit: editOf(theirs), outcome: 'reloaded' });
  });

  test('whose first answer was lost is saved', () => {
    const mine: RuleEdit = { ...untouched, draft: draftOf(theirs) };
    expect(afterRefusal(mine, theirs)).toEqual({ edit: editOf(theirs), outcome: 'saved' });
  });
});

describe('the decision', () => {
  const conflict: RuleEdit = { ...typed, theirs };

  test('for mine keeps my changes on top of the newer version', () => {
    const draft = { ...draftOf(theirs), threshold: '95', for: '10m' };
    expect(resolve(conflict, 'mine')).toEqual({ ...editOf(theirs), draft });
  });

  test('for theirs drops my changes', () => expect(resolve(conflict, 'theirs')).toEqual(editOf(theirs)));

  test('after a deletion keeps the draft, to be saved as a new rule', () => {
    const edit = resolve({ ...typed, theirs: 'deleted' }, 'mine');
    expect(edit).toEqual({ ...typed, revision: undefined });
    expect(withLatest(edit, 'deleted')).toEqual(edit);
  });

  test('without a conflict changes nothing', () => expect(resolve(typed, 'theirs')).toBe(typed));
});

describe('differences', () => {
  const before = { ...untouched.draft, summary: 'before' };
  const other = { ...before, threshold: '90', severity: 'warning' as const, summary: 'new' };
  const mine = { ...before, threshold: '95', for: '10m', summary: 'new' };

  test('name each field that one of the two changed, and whether both did', () => {
    expect(differencesOf({ before, theirs: other, mine })).toEqual([
      { field: 'threshold', before: '85', theirs: '90', mine: '95', isConflict: true },
      { field: 'for', before: '5m', theirs: '5m', mine: '10m', isConflict: false },
      { field: 'severity', before: 'critical', theirs: 'warning', mine: 'critical', isConflict: false },
      { field: 'summary', before: 'before', theirs: 'new', mine: 'new', isConflict: false },
    ]);
  });

  test('of equal versions are none', () => expect(differencesOf({ before, theirs: before, mine: before })).toEqual([]));
});

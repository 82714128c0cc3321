/**
 * Computes the state of an open edit of a rule: the user's draft, the version it is based on, and a newer version that another user
 * saved.
 */
import type { Rule } from '../../api/rules.ts';
import { draftOf, type RuleDraft } from './draft.ts';

export interface RuleEdit {
  readonly draft: RuleDraft;
  readonly base: RuleDraft;
  /** Revision of `base`. Absent: the rule does not exist, and saving creates it. */
  readonly revision: number | undefined;
  /** A newer version, or the deletion of the rule, that the user has not decided about. */
  readonly theirs: Rule | 'deleted' | undefined;
}

export interface Difference {
  readonly field: keyof RuleDraft;
  readonly before: string;
  readonly theirs: string;
  readonly mine: string;
  /** Both changed the field, to different values. */
  readonly isConflict: boolean;
}

interface Versions {
  readonly before: RuleDraft;
  readonly theirs: RuleDraft;
  readonly mine: RuleDraft;
}

export function editOf(rule: Rule): RuleEdit {
  const draft = draftOf(rule);
  return { draft, base: draft, revision: rule.revision, theirs: undefined };
}

export function newEdit(draft: RuleDraft): RuleEdit {
  return { draft, base: draft, revision: undefined, theirs: undefined };
}

/**
 * Returns the edit after the rule was read again. A newer version replaces a draft without changes, and becomes the base of a
 * draft with the same values; otherwise the draft stays and the newer version waits in `theirs` for the user's decision.
 * Versions that are not newer, such as a late answer, change nothing.
 */
export function withLatest(edit: RuleEdit, latest: Rule | 'deleted'): RuleEdit {
  const { draft, base, revision, theirs } = edit;
  if (revision === undefined || theirs === 'deleted') return edit;
  if (latest === 'deleted') return { ...edit, theirs: latest };
  if (latest.revision <= (theirs?.revision ?? revision)) return edit;
  const newest = draftOf(latest);
  if (isSame(draft, base) || isSame(draft, newest)) return editOf(latest);
  return { ...edit, theirs: latest };
}

/**
 * Returns the edit after the API refused to save an outdated revision and the rule was read again. `saved`: the rule already has
 * the draft's values, for example because the answer to an earlier save was lost. `reloaded`: the draft had no changes, and now
 * is the newer version. `conflict`: the user has to decide.
 */
export function afterRefusal(
  edit: RuleEdit,
  latest: Rule | 'deleted',
): { readonly edit: RuleEdit; readonly outcome: 'saved' | 'reloaded' | 'conflict' } {
  const next = withLatest(edit, latest);
  if (latest === 'deleted' || next.theirs !== undefined) return { edit: next, outcome: 'conflict' };
  return {
    edit: next,
    outcome: isSame(edit.draft, next.draft) && !isSame(edit.draft, edit.base) ? 'saved' : 'reloaded',
  };
}

/**
 * Returns the edit after the user's decision: `mine` keeps the user's changes on top of the newer version, `theirs` drops
 * them. After a deletion, the draft stays and saving creates a new rule.
 */
export function resolve(edit: RuleEdit, winner: 'mine' | 'theirs'): RuleEdit {
  const { draft, base, theirs } = edit;
  if (theirs === undefined) return edit;
  if (theirs === 'deleted') return { draft, base, revision: undefined, theirs: undefined };
  const newest = editOf(theirs);
  if (winner === 'theirs') return newest;
  return { ...newest, draft: mergeDrafts({ before: base, theirs: newest.base, mine: draft }) };
}

/** Returns the fields that one of the two changed, in the order of the form. */
export function differencesOf({ before, theirs, mine }: Versions): readonly Difference[] {
  return fieldsOf(before).flatMap((field) => {
    const [was, other, own] = [before, theirs, mine].map((draft) => renderField(draft[field])) as [
      string,
      string,
      string,
    ];
    if (other === was && own === was) return [];
    const isConflict = other !== was && own !== was && other !== own;
    return [{ field, before: was, theirs: other, mine: own, isConflict }];
  });
}

function mergeDrafts({ before, theirs, mine }: Versions): RuleDraft {
  const own = fieldsOf(before).filter((field) => renderField(mine[field]) !== renderField(before[field]));
  return { ...theirs, ...Object.fromEntries(own.map((field) => [field, mine[field]])) };
}

function isSame(a: RuleDraft, b: RuleDraft): boolean {
  return fieldsOf(a).every((field) => renderField(a[field]) === renderField(b[field]));
}

function fieldsOf(draft: RuleDraft): readonly (keyof RuleDraft)[] {
  return Object.keys(draft) as (keyof RuleDraft)[];
}

function renderField(value: RuleDraft[keyof RuleDraft]): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  return value.map(([name, text]) => `${name}=${text}`).join(', ');
}

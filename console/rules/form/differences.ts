/** What somebody else changed in a rule while it was on the screen, and what one's own changes are. */
import type { RuleDraft } from './draft.ts';

export interface Difference {
  readonly field: keyof RuleDraft;
  /** As it was when the form was opened. */
  readonly before: string;
  readonly theirs: string;
  readonly mine: string;
  /** Both changed it, and not to the same. */
  readonly isConflict: boolean;
}

export interface Versions {
  readonly before: RuleDraft;
  readonly theirs: RuleDraft;
  readonly mine: RuleDraft;
}

export function differencesOf({ before, theirs, mine }: Versions): readonly Difference[] {
  return (Object.keys(before) as (keyof RuleDraft)[]).flatMap((field) => {
    const [was, other, own] = [before, theirs, mine].map((draft) => renderField(draft[field])) as [
      string,
      string,
      string,
    ];
    if (other === was && own === was) return [];
    return [
      { field, before: was, theirs: other, mine: own, isConflict: other !== was && own !== was && other !== own },
    ];
  });
}

/** Theirs, with one's own changes on top. */
export function mergeDrafts({ before, theirs, mine }: Versions): RuleDraft {
  const own = (Object.keys(before) as (keyof RuleDraft)[]).filter(
    (field) => renderField(mine[field]) !== renderField(before[field]),
  );
  return { ...theirs, ...Object.fromEntries(own.map((field) => [field, mine[field]])) };
}

function renderField(value: RuleDraft[keyof RuleDraft]): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  return value.map(([name, text]) => `${name}=${text}`).join(', ');
}

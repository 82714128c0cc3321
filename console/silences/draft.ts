/** Checks the fields of the silence form, as typed, and converts them to the API's body. */
import { type LabelMatcher, parseMatchers } from '../../common/alertmanager/matchers.ts';
import type { ApiProblem } from '../api/problem.ts';
import type { Silence, SilenceBody } from '../api/silences.ts';
import { formatTime, tryParseTime } from '../format/values.ts';

export interface SilenceDraft {
  /** Id of the silence to replace. Absent: a new silence. */
  readonly id?: string;
  readonly matchers: readonly LabelMatcher[];
  /** As typed. Empty: now. */
  readonly start: string;
  /** As typed: a duration (`2h`) or a time (`2026-03-01 12:00`). */
  readonly end: string;
  readonly comment: string;
  readonly createdBy: string;
}

/** Messages by field: `matchers`, `matchers[0]`, `start`, `end`, `comment`, `createdBy`. */
export type DraftFaults = Readonly<Record<string, string>>;

export const emptyMatcher: LabelMatcher = { name: '', value: '', isRegex: false, isEqual: true };

/** Reads a link such as `/silences/new?filter={...}`. Throws the error of `parseMatchers`. */
export function draftFromLink(query: URLSearchParams, createdBy: string): SilenceDraft {
  const filter = query.get('filter') ?? '';
  const matchers = parseMatchers(filter);
  return {
    matchers: matchers.length === 0 ? [emptyMatcher] : matchers,
    start: '',
    end: '2h',
    comment: query.get('comment') ?? '',
    createdBy,
  };
}

/** Returns the draft of a silence. Keeps the id, so that saving the draft replaces the silence. */
export function draftOf({ id, matchers, starts_at, ends_at, comment, created_by }: Silence): SilenceDraft {
  return {
    id,
    matchers,
    start: formatTime(Date.parse(starts_at)),
    end: formatTime(Date.parse(ends_at)),
    comment,
    createdBy: created_by,
  };
}

export function faultsOf(draft: SilenceDraft, nowMs: number): DraftFaults {
  const faults: Record<string, string> = {};
  for (const [index, { name }] of draft.matchers.entries()) {
    if (name.trim() === '') faults[`matchers[${index}]`] = 'Enter a label name such as instance';
  }
  if (draft.matchers.length === 0) faults['matchers'] = 'Add a matcher';
  else if (!draft.matchers.some(asksForSomething))
    faults['matchers'] = 'Add a matcher that does not match the empty text: this silence would mute every alert';
  const startMs = startOf(draft, nowMs);
  if (startMs === undefined)
    faults['start'] = 'Enter a time such as 2026-03-01 12:00, or leave the field empty for now';
  const endMs = startMs === undefined ? undefined : endOf(draft, startMs);
  if (endMs === undefined) faults['end'] ??= 'Enter a duration such as 2h or 1h30m, or a time such as 2026-03-01 12:00';
  else if (endMs <= Math.max(startMs as number, nowMs))
    faults['end'] = 'Enter a time after the start and in the future';
  if (draft.comment.trim() === '') faults['comment'] = 'Enter a comment';
  return faults;
}

/** Returns the start in epoch milliseconds, or undefined for an invalid time. */
export function startOf({ start }: SilenceDraft, nowMs: number): number | undefined {
  return start.trim() === '' ? nowMs : tryParseTime(start);
}

export function endOf({ end }: SilenceDraft, startMs: number): number | undefined {
  const spanMs = tryParseSpan(end);
  return spanMs === undefined ? tryParseTime(end) : startMs + spanMs;
}

/** Returns the API's messages by field, as `faultsOf` does. Messages about other parts of the body have the field ''. */
export function faultsOfProblem({ message, errors }: ApiProblem): DraftFaults {
  const fields: Readonly<Record<string, string>> = { starts_at: 'start', ends_at: 'end', created_by: 'createdBy' };
  const faults: Record<string, string> = { '': message };
  for (const { path, message: fault } of errors) {
    const matcher = /^matchers\[\d+\]/.exec(path)?.[0];
    const field = matcher ?? fields[path] ?? (['matchers', 'comment'].includes(path) ? path : '');
    faults[field] = field === '' ? `${faults['']}\n${path}: ${fault}` : fault;
  }
  return faults;
}

/** Returns the API's body of a draft without faults. */
export function toBody(draft: SilenceDraft, nowMs: number): SilenceBody {
  const startMs = startOf(draft, nowMs) ?? nowMs;
  const { id, matchers, start, comment, createdBy } = draft;
  return {
    ...(id === undefined ? {} : { id }),
    matchers: matchers.map((each) => ({ ...each, name: each.name.trim() })),
    ...(start.trim() === '' ? {} : { starts_at: new Date(startMs).toISOString() }),
    ends_at: new Date(endOf(draft, startMs) ?? startMs).toISOString(),
    ...(createdBy.trim() === '' ? {} : { created_by: createdBy.trim() }),
    comment: comment.trim(),
  };
}

/** Returns true when the matcher rejects an empty value. A missing label matches like an empty label. */
function asksForSomething({ value, isRegex, isEqual }: LabelMatcher): boolean {
  const fitsEmpty = isRegex ? tryFitsEmpty(value) : value === '';
  return fitsEmpty !== isEqual;
}

/** Returns whether the expression matches an empty value. Returns undefined when the browser cannot compile the expression: Alertmanager, which uses RE2, then decides. */
function tryFitsEmpty(expression: string): boolean | undefined {
  try {
    return new RegExp(`^(?:${expression})$`).test('');
  } catch {
    return undefined;
  }
}

const units: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Parses `90m`, `1h30m` or `2 d`. Returns undefined for other texts. */
export function tryParseSpan(text: string): number | undefined {
  const parts = [...text.trim().matchAll(/\s*(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)\s*/gy)];
  if (parts.length === 0 || parts.map(([all]) => all).join('') !== text.trim()) return undefined;
  return parts.reduce((total, [, count, unit]) => total + Number(count) * (units[unit as string] ?? 0), 0);
}

/** Durations with a button. */
export const spans = ['30 min', '1 h', '2 h', '4 h', '8 h', '1 d', '3 d', '1 w'].map((label) => ({
  label,
  ms: tryParseSpan(label) as number,
}));

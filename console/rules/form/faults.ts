/** Returns the messages about a rule's fields: fields that are missing, and fields that the API refused. */
import type { ApiProblem, ProblemDetail } from '../../api/problem.ts';
import { emptyDraft, type RuleDraft } from './draft.ts';

export interface RuleFaults {
  readonly byField: Readonly<Partial<Record<keyof RuleDraft, string>>>;
  /** Faults at paths that the form has no field for, and the problem's title if no field is at fault. */
  readonly general: string;
  /** Position in the expression, counted from 1. */
  readonly place?: { readonly line: number; readonly column: number };
}

interface PlacedDetail extends ProblemDetail {
  readonly line?: number;
  readonly column?: number;
}

const annotationFields: Readonly<Record<string, keyof RuleDraft>> = {
  summary: 'summary',
  description: 'description',
  runbook_url: 'runbook',
};

export function faultsOf(problem: ApiProblem): RuleFaults {
  const byField: Partial<Record<keyof RuleDraft, string>> = {};
  const rest: string[] = [];
  for (const { path, message } of problem.errors) {
    const field = fieldOf(path);
    if (field === undefined) rest.push(path === '' ? message : `${path}: ${message}`);
    else byField[field] = [byField[field], restOf(path) + message].filter(Boolean).join('\n');
  }
  const placed = (problem.errors as readonly PlacedDetail[]).find(
    ({ line, column }) => line !== undefined && column !== undefined,
  );
  return {
    byField,
    general: [...(Object.keys(byField).length > 0 ? [] : [problem.message]), ...rest].join('\n'),
    ...(placed === undefined ? {} : { place: { line: placed.line ?? 1, column: placed.column ?? 1 } }),
  };
}

/** Splits paths such as `matchers.0.value`, `matchers[0].value`, `/matchers/0/value` and `body.matchers`. */
function partsOf(path: string): readonly string[] {
  const parts = path.split(/[./[\]]+/).filter(Boolean);
  return parts[0] === 'body' ? parts.slice(1) : parts;
}

function fieldOf(path: string): keyof RuleDraft | undefined {
  const [first = '', second = ''] = partsOf(path);
  if (first === 'annotations') return annotationFields[second] ?? 'annotations';
  return Object.hasOwn(emptyDraft, first) ? (first as keyof RuleDraft) : undefined;
}

/** Returns the prefix of a message about an item of a field's list, such as `1.value: `. */
function restOf(path: string): string {
  const [first = '', ...rest] = partsOf(path);
  if (rest.length === 0 || (first === 'annotations' && rest[0] !== undefined && rest[0] in annotationFields)) return '';
  return `${rest.join('.')}: `;
}

/** Returns the line of the expression with a caret below the position. */
export function markPlace(
  expression: string,
  { line, column }: { readonly line: number; readonly column: number },
): string {
  const text = expression.split('\n')[line - 1] ?? '';
  return `${text}\n${' '.repeat(Math.max(0, column - 1))}^`;
}

/** Returns the required fields that are empty. Undefined without any. The API checks the values. */
export function tryMissingFields({
  name,
  source,
  metric,
  expr,
  operator,
  threshold,
}: RuleDraft): RuleFaults | undefined {
  const isEmpty = (text: string) => text.trim() === '';
  const words = {
    ...(isEmpty(name) ? { name: 'Enter a name such as DiskNearlyFull' } : {}),
    ...(source === 'metric' && isEmpty(metric) ? { metric: 'Select a metric' } : {}),
    ...(source === 'expr' && isEmpty(expr) ? { expr: 'Enter an expression such as up == 0' } : {}),
    ...(operator !== '' && isEmpty(threshold) ? { threshold: 'Enter a number' } : {}),
  };
  return Object.keys(words).length === 0 ? undefined : { byField: words, general: '' };
}

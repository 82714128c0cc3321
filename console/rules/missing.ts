/** What the form knows without asking: fields that a rule cannot be without. Whether what they hold is right, the API says. */
import type { RuleDraft } from './form/draft.ts';
import type { RuleFaults } from './form/faults.ts';

/** Undefined where none is missing. */
export function tryMissing({ name, source, metric, expr, operator, threshold }: RuleDraft): RuleFaults | undefined {
  const isEmpty = (text: string) => text.trim() === '';
  const words = {
    ...(isEmpty(name) ? { name: 'Give the rule a name, such as DiskNearlyFull' } : {}),
    ...(source === 'metric' && isEmpty(metric) ? { metric: 'Choose a metric' } : {}),
    ...(source === 'expr' && isEmpty(expr) ? { expr: 'Write an expression, such as up == 0' } : {}),
    ...(operator !== '' && isEmpty(threshold) ? { threshold: `Give the number that "${operator}" compares with` } : {}),
  };
  return Object.keys(words).length === 0 ? undefined : { byField: words, general: '' };
}

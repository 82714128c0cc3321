/** What a dry run cannot tell: selectors that nothing matches, and the time before there were data. */
import type { DryRun } from '../../api/rules.ts';
import { formatTime } from '../../format/times.ts';

export function dataNotes({ start, data }: Pick<DryRun, 'start' | 'data'>): readonly string[] {
  return data.flatMap(({ selector, from }) => {
    if (from === undefined) return [`No series matches ${selector}.`];
    return from > start ? [`Data of ${selector} begin at ${formatTime(Date.parse(from))}.`] : [];
  });
}

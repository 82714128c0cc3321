/** Describes a dry run as text: its result, and the parts of the time range without data. */
import type { DryRun } from '../../api/rules.ts';
import { formatTime } from '../../format/values.ts';

export function dataNotes({ start, data }: Pick<DryRun, 'start' | 'data'>): readonly string[] {
  return data.flatMap(({ selector, from }) => {
    if (from === undefined) return [`No series matches ${selector}.`];
    return from > start ? [`Data of ${selector} start at ${formatTime(Date.parse(from))}.`] : [];
  });
}

export function dryRunSummary({ fired, hosts }: Pick<DryRun, 'fired' | 'hosts'>): string {
  if (fired === 0) return 'Would not have fired in the last 24 h.';
  const times = fired === 1 ? 'once' : `${fired} times`;
  const where = hosts.length === 0 ? '' : hosts.length === 1 ? ' on one host' : ` on ${hosts.length} hosts`;
  return `Would have fired ${times} in the last 24 h${where}.`;
}

/** Where a chart's data begin, when that is well within its range: without the words, an empty chart looks like a fault. */
import { formatClock, formatDate } from '../../format/times.ts';
import type { ChartData } from '../chart-form.ts';

/** A shorter piece without data is seen to be one. */
const leastShare = 0.1;

/** `data begins at 11:07`, with its date where the range ends on another day; undefined where they begin with the range. */
export function tryBeginning({ times, columns, from, to }: Omit<ChartData, 'marks'>): string | undefined {
  const first = times.findIndex((_, index) => columns.some((column) => (column[index] ?? null) !== null));
  const begin = times[first];
  if (begin === undefined || begin - from <= leastShare * (to - from)) return undefined;
  const [date, clock] = [formatDate(begin * 1_000), formatClock(begin * 1_000).slice(0, 5)];
  return `data begins at ${date === formatDate(to * 1_000) ? clock : `${date} ${clock}`}`;
}

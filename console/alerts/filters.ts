/** Converts the filters of the alert lists from and to URL parameters: `/alerts?severity=critical&host=web-1&from=now-24h`. */
import { historyPath } from '../api/alerts.ts';
import { resolveTime } from '../dashboard/view-state.ts';
import type { QueryChanges } from '../state/route.ts';

export interface Filters {
  readonly state: 'firing' | 'resolved' | undefined;
  readonly severity: readonly string[];
  readonly host: readonly string[];
  readonly rule: readonly string[];
  /** `now-24h`, or milliseconds since the epoch. Undefined: no limit. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Cursor of the history page. Undefined: the first page. */
  readonly cursor: string | undefined;
}

const pageSize = 50;

const several = ['severity', 'host', 'rule'] as const;

export function parseFilters(query: URLSearchParams): Filters {
  const state = query.get('state');
  return {
    state: state === 'firing' || state === 'resolved' ? state : undefined,
    severity: query.getAll('severity').filter(Boolean),
    host: query.getAll('host').filter(Boolean),
    rule: query.getAll('rule').filter(Boolean),
    from: query.get('from') ?? undefined,
    to: query.get('to') ?? undefined,
    cursor: query.get('cursor') ?? undefined,
  };
}

/** Returns the changed parameters of the address. Returns to the first page unless `cursor` is given. */
export function filterChanges(changes: Partial<Filters>): QueryChanges {
  return { cursor: undefined, ...changes };
}

export function isFiltered({ state, severity, host, rule, from, to }: Filters): boolean {
  return [state, from, to].some((each) => each !== undefined) || [severity, host, rule].some((each) => each.length > 0);
}

/** Returns the API path of the filtered history. Throws an Error for an invalid time. */
export function renderHistoryPath(filters: Filters, nowMs: number): string {
  const { state, from, to, cursor } = filters;
  const query = new URLSearchParams({ limit: String(pageSize) });
  if (state !== undefined) query.set('state', state);
  for (const name of several) for (const value of filters[name]) query.append(name, value);
  if (from !== undefined) query.set('start', renderMs(from, nowMs));
  if (to !== undefined && to !== 'now') query.set('end', renderMs(to, nowMs));
  if (cursor !== undefined) query.set('cursor', cursor);
  return `${historyPath}?${query}`;
}

function renderMs(text: string, nowMs: number): string {
  return String(Math.round(resolveTime(text, nowMs)));
}

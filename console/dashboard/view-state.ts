/** The state of a dashboard in the address: range, refresh interval and variables, in Grafana's parameters. */
import { parseInterval, resolveRange, type TimeRange } from './interval.ts';
import type { Dashboard } from './model.ts';

export interface ViewState {
  /** `now-6h`, or milliseconds since the epoch. */
  readonly from: string;
  readonly to: string;
  /** Undefined: paused. */
  readonly refreshMs: number | undefined;
  /** Requested values by variable name. */
  readonly requested: ReadonlyMap<string, readonly string[]>;
}

/** Uses the dashboard's defaults for absent parameters. */
export function parseViewState(query: URLSearchParams, dashboard: Dashboard): ViewState {
  const requested = new Map<string, readonly string[]>();
  for (const name of query.keys()) if (name.startsWith('var-')) requested.set(name.slice(4), query.getAll(name));
  return {
    from: query.get('from') ?? dashboard.from,
    to: query.get('to') ?? dashboard.to,
    refreshMs: parseRefresh(query.get('refresh'), dashboard.refreshMs),
    requested,
  };
}

/** Parses `refresh`. An empty value or `off` pauses, as in Grafana. Absent and invalid values give the default. */
export function parseRefresh(text: string | null, otherwise: number): number | undefined {
  if (text === null) return otherwise;
  if (text === '' || text === 'off') return undefined;
  try {
    return Math.max(parseInterval(text, 'refresh'), minRefreshMs);
  } catch {
    return otherwise;
  }
}

/** The sample interval: a shorter refresh interval shows nothing new. */
const minRefreshMs = 5_000;

/** Throws an Error for invalid times, and for a range that ends before it begins. */
export function rangeOf({ from, to }: Pick<ViewState, 'from' | 'to'>, nowMs: number): TimeRange {
  const range = resolveRange(from, to, nowMs);
  if (range.toMs > range.fromMs) return range;
  throw new Error(`expected a range that begins before it ends, got from ${from} to ${to}`);
}

const names: readonly string[] = ['from', 'to', 'refresh'];

/**
 * Returns the parameters that links to other dashboards keep (range, refresh interval, variables), with the question mark.
 * Empty without any.
 */
export function cachedQuery(query: URLSearchParams): string {
  const cached = new URLSearchParams();
  for (const [name, value] of query) if (names.includes(name) || name.startsWith('var-')) cached.append(name, value);
  return cached.size === 0 ? '' : `?${cached}`;
}

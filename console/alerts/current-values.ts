/** The values that firing alerts have now: their rules' bare expressions, each asked once for all alerts of its rule. */

import type { ActiveAlert } from '../api/alerts.ts';
import type { Labels, VectorSeries } from '../api/query-response.ts';
import { carries } from '../graph/lines.ts';
import { useServices } from '../hooks/services.ts';
import { useData } from '../hooks/use-data.ts';
import { useSession } from '../hooks/use-session.ts';

/** More is not asked at once; the others show what their rule told last. */
export const maxExpressions = 24;

export function expressionsOf(alerts: readonly ActiveAlert[]): readonly string[] {
  const all = alerts.map(({ annotations }) => annotations['expr']).filter((expr) => expr !== undefined && expr !== '');
  return [...new Set(all as string[])].sort().slice(0, maxExpressions);
}

/**
 * The one series whose labels the alert has: an alert carries its series' labels and adds the rule's. Undefined when there
 * is none, or more than one could be the alert's.
 */
export function tryPickValue(series: readonly VectorSeries[], labels: Labels): number | undefined {
  const own = series.filter(({ metric }) => carries(labels, metric));
  const value = own.length === 1 ? Number(own[0]?.value[1]) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

export function useValues(alerts: readonly ActiveAlert[], nowMs: number): ReadonlyMap<string, number> {
  const { promql } = useServices();
  const session = useSession();
  const expressions = expressionsOf(alerts);
  // A session that is bound to a host cannot ask PromQL: its alerts show what their rules told last.
  const mayAsk = session !== undefined && session.host === undefined && expressions.length > 0;
  const key = mayAsk ? JSON.stringify([nowMs, expressions]) : undefined;
  const { data } = useData(key, async (signal) => {
    const ask = async (query: string): Promise<[string, readonly VectorSeries[]]> => {
      try {
        return [query, await promql.instant({ query, time: nowMs / 1_000 }, { signal })];
      } catch {
        return [query, []]; // one rule's expression that fails leaves the other alerts their values
      }
    };
    return new Map(await Promise.all(expressions.map(ask)));
  });
  const values = alerts.flatMap(({ fingerprint, annotations, labels }): [string, number][] => {
    const value = tryPickValue(data?.get(annotations['expr'] ?? '') ?? [], labels);
    return value === undefined ? [] : [[fingerprint, value]];
  });
  return new Map(values);
}

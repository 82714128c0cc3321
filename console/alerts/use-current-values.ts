/** Queries the current values of firing alerts. Alerts of the same rule share one query of the rule's expression. */
import type { ActiveAlert } from '../api/alerts.ts';
import type { VectorSeries } from '../api/promql.ts';
import { useData, useServices, useSession } from '../hooks/services.ts';
import { expressionsOf, tryValueOf } from './firing.ts';

export function useCurrentValues(alerts: readonly ActiveAlert[], nowMs: number): ReadonlyMap<string, number> {
  const { promql } = useServices();
  const session = useSession();
  const expressions = expressionsOf(alerts);
  // A session bound to a host cannot query PromQL: its alerts show the reported values.
  const mayAsk = session !== undefined && session.host === undefined && expressions.length > 0;
  const key = mayAsk ? JSON.stringify([nowMs, expressions]) : undefined;
  const { data } = useData(key, async (signal) => {
    const ask = async (query: string): Promise<[string, readonly VectorSeries[]]> => {
      try {
        return [query, await promql.instant({ query, time: nowMs / 1_000 }, { signal })];
      } catch {
        return [query, []]; // a failing expression must not hide the values of other alerts
      }
    };
    return new Map(await Promise.all(expressions.map(ask)));
  });
  const values = alerts.flatMap(({ fingerprint, annotations, labels }): [string, number][] => {
    const value = tryValueOf(data?.get(annotations['expr'] ?? '') ?? [], labels);
    return value === undefined ? [] : [[fingerprint, value]];
  });
  return new Map(values);
}

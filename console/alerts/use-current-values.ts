/** The values that firing alerts have now: their rules' bare expressions, each asked once for all alerts of its rule. */

import type { ActiveAlert } from '../api/alerts.ts';
import type { VectorSeries } from '../api/query-response.ts';
import { useServices } from '../hooks/services.ts';
import { useData } from '../hooks/use-data.ts';
import { useSession } from '../hooks/use-session.ts';
import { expressionsOf, tryValueOf } from './firing.ts';

export function useCurrentValues(alerts: readonly ActiveAlert[], nowMs: number): ReadonlyMap<string, number> {
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
    const value = tryValueOf(data?.get(annotations['expr'] ?? '') ?? [], labels);
    return value === undefined ? [] : [[fingerprint, value]];
  });
  return new Map(values);
}

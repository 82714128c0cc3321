/** The values that firing alerts have now: their rules' bare expressions, each asked once for all alerts of its rule. */
import type { ActiveAlert } from '../api/alerts.ts';
import type { Labels, VectorSeries } from '../api/promql-answer.ts';

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

/** Whether an alert with these labels may come from that series. */
export function carries(labels: Labels, metric: Labels): boolean {
  return Object.entries(metric).every(([name, value]) => name === '__name__' || labels[name] === value);
}

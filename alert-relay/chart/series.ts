/** Queries Prometheus for the lines of a picture. */
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { queryRange, type RangeSeries, type SeriesLabels } from '../../common/prometheus/query.ts';
import type { ChartLine } from './chart.ts';
import type { ChartData } from './chart-data.ts';

export interface SeriesOptions {
  readonly connection: PrometheusConnection;
  readonly signal: AbortSignal;
}

/** One point for every 2.5 CSS pixels. */
export const stepMs = 15_000;
/** Series without an alert, drawn for comparison. */
const maxOthers = 4;
const maxAlike = 19;

/** Returns the alert's own line first, or none if Prometheus has no series of the alert. Throws a `PrometheusError`. */
export async function readLines(
  subject: ChartData,
  { connection, signal }: SeriesOptions,
): Promise<readonly ChartLine[]> {
  const { startMs, endMs } = subject;
  const expression = limitToHosts(subject);
  return chooseLines(await queryRange(connection, { expression, startMs, endMs, stepMs, signal }), subject);
}

/**
 * Limits the expression to the hosts of the alerts, so that the cost of a picture does not grow with the fleet. Uses `and`,
 * which works for every expression. Returns the expression unchanged if an alert has no host.
 */
export function limitToHosts({ expression, alerts }: Pick<ChartData, 'expression' | 'alerts'>): string {
  const hosts = new Set(alerts.map(({ instance }) => instance));
  if (hosts.has(undefined)) return expression;
  const each = [...hosts].map((host) => `label_replace(vector(1), "instance", ${quote(host ?? '')}, "", "")`);
  return `(${expression}\n) and on (instance) (${each.join(' or ')})`;
}

/** Quotes a replacement, in which `$` refers to a group of the pattern. */
function quote(host: string): string {
  return JSON.stringify(host.replaceAll('$', '$$$$'));
}

export function chooseLines(
  series: readonly RangeSeries[],
  { alerts, isLowWorse }: Pick<ChartData, 'alerts' | 'isLowWorse'>,
): readonly ChartLine[] {
  const drawable = series.filter(({ points }) => points.some(([, value]) => Number.isFinite(value)));
  const isOf = ({ labels }: RangeSeries): boolean => alerts.some((alert) => isSeriesOf(alert, labels));
  const sign = isLowWorse ? -1 : 1;
  const worstFirst = drawable
    .map((each) => ({ each, last: each.points.findLast(([, value]) => Number.isFinite(value))?.[1] ?? 0 }))
    .sort((a, b) => sign * (b.last - a.last))
    .map(({ each }) => each);
  const [own, ...alike] = worstFirst.filter(isOf);
  if (own === undefined) return [];
  const others = worstFirst.filter((each) => !isOf(each));
  return [
    { role: 'own' as const, points: own.points },
    ...alike.slice(0, maxAlike).map(({ points }) => ({ role: 'alike' as const, points })),
    ...others.slice(0, maxOthers).map(({ points }) => ({ role: 'other' as const, points })),
  ];
}

/** Returns whether the alert can come from the series. An alert has all labels of its series, and all labels of the rule. */
export function isSeriesOf(alert: Readonly<Record<string, string>>, labels: SeriesLabels): boolean {
  return Object.entries(labels).every(([name, value]) => name === '__name__' || alert[name] === value);
}

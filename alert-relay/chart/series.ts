/** The lines of a picture, from Prometheus: few points, few series, and soon or not at all. */
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { queryRange, type RangeSeries, type SeriesLabels } from '../../common/prometheus/query.ts';
import type { ChartLine } from './chart.ts';
import type { ChartData } from './chart-data.ts';

export interface SeriesOptions {
  readonly connection: PrometheusConnection;
  readonly signal: AbortSignal;
}

/** One point in two and a half CSS pixels. */
export const stepMs = 15_000;
/** Of the alert's host, or of nobody's alert: to compare with. */
const othersAtMost = 4;
const alikeAtMost = 19;

/** The alert's own line first; none when Prometheus has no series of the alert. Throws a `PrometheusError`. */
export async function readLines(
  subject: ChartData,
  { connection, signal }: SeriesOptions,
): Promise<readonly ChartLine[]> {
  const { startMs, endMs } = subject;
  const expression = ofHosts(subject);
  return chooseLines(await queryRange(connection, { expression, startMs, endMs, stepMs, signal }), subject);
}

/**
 * Only the hosts of the alerts, so that a picture costs the same in a fleet of thousands: `and` leaves the expression as
 * it is, whatever it is made of. All series where an alert has no host.
 */
export function ofHosts({ expression, alerts }: Pick<ChartData, 'expression' | 'alerts'>): string {
  const hosts = new Set(alerts.map(({ instance }) => instance));
  if (hosts.has(undefined)) return expression;
  const each = [...hosts].map((host) => `label_replace(vector(1), "instance", ${quote(host ?? '')}, "", "")`);
  return `(${expression}\n) and on (instance) (${each.join(' or ')})`;
}

/** In a replacement `$` names a group of the pattern. */
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
    ...alike.slice(0, alikeAtMost).map(({ points }) => ({ role: 'alike' as const, points })),
    ...others.slice(0, othersAtMost).map(({ points }) => ({ role: 'other' as const, points })),
  ];
}

/** An alert carries its series' labels and adds the rule's. */
function isSeriesOf(alert: Readonly<Record<string, string>>, labels: SeriesLabels): boolean {
  return Object.entries(labels).every(([name, value]) => name === '__name__' || alert[name] === value);
}

/**
 * Builds the queries of panels from catalogue metrics (one target per tier, of which one target is on), and the selectors of all
 * queries.
 */
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import type { Matcher } from '../../common/catalogue/expression.ts';
import { type CatalogueMetric, metricByName } from '../../common/catalogue/metrics.ts';
import { panelExpression } from '../../common/catalogue/promql.ts';
import { recordedTierNames, type TierName, tiers } from '../../common/catalogue/tiers.ts';

function pattern(label: string, value: string): Matcher {
  return { label, operator: '=~', value };
}

export const chosenHosts: readonly Matcher[] = [pattern('job', '$job'), pattern('instance', '$instance')];

/**
 * Returns the matcher that switches the queries of a tier on and off. The variable of a tier that is off matches no job, so
 * Prometheus reads no series for it.
 */
export function tierMatcher(tier: TierName): Matcher {
  return pattern('job', `$tier_${tier}`);
}

/** Interfaces hidden by default: loopback, containers, virtual machines. */
export const chosenInterfaces: readonly Matcher[] = [
  pattern('device', '$interface'),
  { label: 'device', operator: '!~', value: '$hidden_interfaces' },
];

export const chosenDisks: readonly Matcher[] = [pattern('device', '$disk')];

export const chosenFilesystems: readonly Matcher[] = [
  pattern('mountpoint', '$mountpoint'),
  { label: 'fstype', operator: '!~', value: '$hidden_fstypes' },
];

/** For dashboards without a variable for file systems or interfaces. */
export const shownInterfaces = chosenInterfaces.slice(1);
export const shownFilesystems = chosenFilesystems.slice(1);

/** Matches hosts only: Prometheus and the programs of the stack have an `up`, too. */
export const upOfHosts = 'up{job="node",job=~"$job",instance=~"$instance"}';

/**
 * Matches firing alerts of the selected hosts, and alerts without `job` or `instance`, which concern all hosts or come from
 * rules that aggregate these labels away. Excludes Watchdog.
 */
const concerning = 'severity=~"critical|warning",job=~"$job|",instance=~"$instance|"';
export const firing = `ALERTS{alertstate="firing",${concerning}}`;
export const began = `ALERTS_FOR_STATE{${concerning}}`;

export interface Line {
  /** Dotted name. */
  readonly metric: string;
  readonly legend: string;
  readonly where?: readonly Matcher[];
  /** Wraps the expression of a tier: `max without (cpu) (...)`. */
  readonly wrap?: (expression: string) => string;
  readonly hasPeaks: boolean;
}

export function catalogued(name: string): CatalogueMetric {
  const metric = metricByName(name);
  if (metric === undefined) throw new Error(`panel of ${name}: expected a metric of the catalogue`);
  return metric;
}

/** Suffix of the legends of peaks, which the overrides of panels match. */
export const peakSuffix = ' peak';

/**
 * Returns the targets `A_raw`, `A_1m`, `A_5m` and, for recorded peaks, `A_1m_max`, `A_5m_max`. The smallest step of a recorded
 * target is the step of its tier, or of a coarser tier if requested: shorter windows would contain no point.
 */
export function lineTargets(line: Line, letter: string, least?: TierName): readonly prometheus.DataqueryBuilder[] {
  const { legend, hasPeaks } = line;
  const target = (tier: TierName, operation: 'avg' | 'max', [suffix, text]: readonly [string, string]) => {
    const expr = tierExpression(line, tier, { operation, isAhead: true });
    return rangeTarget(`${letter}_${tier}${suffix}`, expr, text, tier === '1m' ? (least ?? tier) : tier);
  };
  const means = tiers.map(({ name: tier }) => target(tier, 'avg', ['', legend]));
  if (!catalogued(line.metric).peak || !hasPeaks) return means;
  const highest = recordedTierNames.map((tier) => target(tier, 'max', ['_max', `${legend}${peakSuffix}`]));
  return [...means, ...highest];
}

interface Window {
  readonly operation: 'avg' | 'max';
  /**
   * Whether the window follows the time of a point. A point of a recorded tier covers the step that begins at the point.
   * Grafana rounds the end of a range down to a multiple of the step, an hour for a month, and would otherwise hide the
   * samples since then.
   */
  readonly isAhead: boolean;
}

function tierExpression(
  { metric, where = [], wrap }: Pick<Line, 'metric' | 'where' | 'wrap'>,
  tier: TierName,
  window: Window,
): string {
  const expression = panelExpression(catalogued(metric), tier, {
    ...window,
    window: tier === 'raw' ? '$__rate_interval' : '$__interval',
    matchers: [...chosenHosts, tierMatcher(tier), ...where],
  });
  return wrap === undefined ? expression : wrap(expression);
}

/** Returns the range query of a tier. The step is at least the step of `least`; the minimum for raw comes from the data source. */
function rangeTarget(refId: string, expr: string, legend: string, least: TierName): prometheus.DataqueryBuilder {
  const target = new prometheus.DataqueryBuilder().refId(refId).expr(expr).legendFormat(legend).range();
  return least === 'raw' ? target : target.interval(least);
}

/**
 * Returns the mean over the panel's interval before the end of the range, from the tier that is on. A host that is down has
 * no value: its last value is not its current state.
 */
export function currentOf(metric: string, where: readonly Matcher[] = []): string {
  const ofTiers = tiers.map(({ name }) =>
    tierExpression({ metric, where }, name, { operation: 'avg', isAhead: false }),
  );
  return `(${ofTiers.join(' or ')}) unless on (job, instance) ${upOfHosts} == 0`;
}

export function instantTarget(refId: string, expr: string, legend = ''): prometheus.DataqueryBuilder {
  return new prometheus.DataqueryBuilder().refId(refId).expr(expr).legendFormat(legend).instant();
}

export function tableTarget(refId: string, expr: string): prometheus.DataqueryBuilder {
  return instantTarget(refId, expr).format(prometheus.PromQueryFormat.Table);
}

/** Returns A, B, C, ... */
export function letterOf(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}

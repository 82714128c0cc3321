/** Queries of panels from catalogue metrics: one target per tier, of which one is on. */
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import type { Matcher } from '../../common/catalogue/expression.ts';
import { metricByName } from '../../common/catalogue/index.ts';
import type { CatalogueMetric } from '../../common/catalogue/metric.ts';
import { panelExpression, recordedTierNames, type TierName, tiers } from '../../common/catalogue/tiers.ts';
import { chosenHosts, tierMatcher, upOfHosts } from './selectors.ts';

export interface Line {
  /** Dotted name. */
  readonly metric: string;
  readonly legend: string;
  readonly where?: readonly Matcher[];
  /** Wraps the expression of a tier: `max without (cpu) (...)`. */
  readonly wrap?: (expression: string) => string;
  /** `false` hides recorded peaks. */
  readonly peaks?: false;
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
  const { metric: name, legend, peaks } = line;
  const metric = catalogued(name);
  const target = (tier: TierName, operation: Window['operation'], [suffix, text]: readonly [string, string]) => {
    const expr = tierExpression(line, tier, overTime(operation));
    return rangeTarget(`${letter}_${tier}${suffix}`, expr, text, tier === '1m' ? (least ?? tier) : tier);
  };
  const means = tiers.map(({ name: tier }) => target(tier, 'avg', ['', legend]));
  if (!metric.peak || peaks === false) return means;
  const highest = recordedTierNames.map((tier) => target(tier, 'max', ['_max', `${legend}${peakSuffix}`]));
  return [...means, ...highest];
}

interface Window {
  readonly operation: 'avg' | 'max';
  readonly isAhead: boolean;
}

/**
 * A point of a recorded tier covers the step that begins at the point. Grafana rounds the end of a range down to a multiple
 * of the step, an hour for a month, and would otherwise hide the samples since then.
 */
function overTime(operation: 'avg' | 'max'): Window {
  return { operation, isAhead: true };
}

function tierExpression({ metric, where = [], wrap }: Line, tier: TierName, { operation, isAhead }: Window): string {
  const expression = panelExpression(catalogued(metric), tier, {
    operation,
    isAhead,
    window: tier === 'raw' ? '$__rate_interval' : '$__interval',
    matchers: [...chosenHosts, tierMatcher(tier), ...where],
  });
  return wrap === undefined ? expression : wrap(expression);
}

/** The step is at least the step of `least`; the minimum for raw comes from the data source. */
function rangeTarget(refId: string, expr: string, legend: string, least: TierName): prometheus.DataqueryBuilder {
  const target = new prometheus.DataqueryBuilder().refId(refId).expr(expr).legendFormat(legend).range();
  return least === 'raw' ? target : target.interval(least);
}

const before: Window = { operation: 'avg', isAhead: false };

/**
 * Returns the mean over the panel's interval before the end of the range, from the tier that is on. A host that is down has
 * no value: its last value is not its current state.
 */
export function currentOf(metric: string, where: readonly Matcher[] = []): string {
  const ofTiers = tiers.map(({ name }) => tierExpression({ metric, legend: '', where }, name, before)).join(' or ');
  return `(${ofTiers}) unless on (job, instance) ${upOfHosts} == 0`;
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

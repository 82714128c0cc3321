/** Catalogue metrics as panels' queries: one target a tier, of which one is switched on. */
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import { metricByName } from '../../common/catalogue/index.ts';
import type { Matcher } from '../../common/catalogue/matcher.ts';
import type { CatalogueMetric } from '../../common/catalogue/metric.ts';
import { panelExpression } from '../../common/catalogue/queries.ts';
import { recordedTierNames, type TierName, tiers } from '../../common/catalogue/tiers.ts';
import { chosenHosts, tierMatcher, upOfHosts } from './selectors.ts';

export interface Line {
  /** Dotted name. */
  readonly metric: string;
  readonly legend: string;
  readonly where?: readonly Matcher[];
  /** Around the tier's expression: `max without (cpu) (...)`. */
  readonly wrap?: (expression: string) => string;
  /** `false`: no peaks beside the means, though they are recorded. */
  readonly peaks?: false;
}

export function catalogued(name: string): CatalogueMetric {
  const metric = metricByName(name);
  if (metric === undefined) throw new Error(`panel of ${name}: expected a metric of the catalogue`);
  return metric;
}

/** Peaks' legends end in it; the panels' overrides go by it. */
export const peakSuffix = ' peak';

/**
 * `A_raw`, `A_1m`, `A_5m` and, where peaks are recorded, `A_1m_max`, `A_5m_max`. A recorded tier's own step is the least, unless
 * a coarser tier's is asked for: with a shorter window there would be no point in most of them.
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
 * A recorded tier's point tells of the step that begins with it: Grafana moves a range's end back to a multiple of the step,
 * which is an hour of a month, and what came since would not be shown.
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

/** The step is that of `least` or longer; raw's least is the data source's. */
function rangeTarget(refId: string, expr: string, legend: string, least: TierName): prometheus.DataqueryBuilder {
  const target = new prometheus.DataqueryBuilder().refId(refId).expr(expr).legendFormat(legend).range();
  return least === 'raw' ? target : target.interval(least);
}

const before: Window = { operation: 'avg', isAhead: false };

/**
 * The mean over the panel's interval before the range's end, from whichever tier is switched on. A host that is down has none:
 * what it said before it fell silent is not how it is.
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

/** A, B, C, ... */
export function letterOf(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}

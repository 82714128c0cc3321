/**
 * Renders catalogue metrics as PromQL: the current value, the history at each tier, the queries of dashboards and the expressions of
 * recording rules. Also renders label matchers.
 */
import type { Expression, Matcher } from './expression.ts';
import { type CatalogueMetric, recordingName } from './metrics.ts';
import { type Operation, type Tier, type TierName, tierByName } from './tiers.ts';

/** How far back recording rules evaluate: a push takes seconds to arrive, and a rule is evaluated once. */
export const recordingOffsetSeconds = 15;

/** Returns the current value: one series for each host and label set, counters as the rate over four sample intervals. */
export function currentExpression(
  metric: CatalogueMetric,
  matchers: readonly Matcher[] = [],
  intervalSeconds = sampleIntervalSeconds,
): string {
  return render(metric, { kind: 'instant', intervalSeconds }, matchers);
}

/** The series that an expression reads. Default: all series, with the sample interval of hostpulse's exporters. */
export interface SeriesScope {
  readonly matchers?: readonly Matcher[];
  readonly intervalSeconds?: number;
}

/**
 * Returns the expression of a recording rule, which always reads raw samples. The window of a mean holds at least two samples, so
 * that one lost sample leaves no gap. A metric with `top` records the series of a host with the largest values in the window.
 */
export function recordingExpression(
  metric: CatalogueMetric,
  operation: Operation,
  { stepMs }: Pick<Tier, 'stepMs'>,
  { matchers = [], intervalSeconds = sampleIntervalSeconds }: SeriesScope = {},
): string {
  const stepSeconds = stepMs / 1000;
  const seconds = operation === 'avg' ? Math.max(stepSeconds, 2 * intervalSeconds) : stepSeconds;
  const window = { metric, operation, seconds, offsetSeconds: recordingOffsetSeconds, matchers, intervalSeconds };
  const all = overWindow(window);
  return metric.top === undefined ? all : `topk by (job, instance) (${metric.top}, ${all})`;
}

export interface HistoryOptions {
  readonly operation?: Operation;
  /** The step of the range query. A point is the mean (or maximum) over the step before it, never a single sample. */
  readonly stepMs: number;
  readonly matchers?: readonly Matcher[];
}

/**
 * Returns the expression for a range query over one tier. For a recorded tier, a point uses samples of at most one step of
 * the tier or of the query, whichever is longer. A bare selector of a 5-minute series would flicker, because the lookback
 * is 5 minutes too, and would outlive the host.
 */
export function historyExpression(metric: CatalogueMetric, tier: TierName, options: HistoryOptions): string {
  const { operation = 'avg', stepMs, matchers = [] } = options;
  const tierStepMs = tierByName(tier).stepMs;
  const seconds = Math.ceil(Math.max(stepMs, tierStepMs) / 1000);
  if (tier !== 'raw') {
    const series = renderSelector(recordingName(metric, operation, tier), matchers);
    return `${operation}_over_time(${series}[${seconds}s])`;
  }
  if (stepMs <= tierStepMs) return currentExpression(metric, matchers);
  return overWindow({
    metric,
    operation,
    seconds,
    offsetSeconds: 0,
    matchers,
    intervalSeconds: sampleIntervalSeconds,
  });
}

export interface PanelOptions {
  readonly operation?: Operation;
  /** Raw tier: `$__rate_interval`, which includes the extra interval of a counter. Recorded tier: at least the step of the tier. */
  readonly window: string;
  /** Whether the window of a recorded tier begins at the time of the point instead of ending there. */
  readonly isAhead?: boolean;
  readonly matchers: readonly Matcher[];
}

/** Returns the expression for a dashboard, which supplies the window. A point is the mean (or the highest recorded maximum) over it. */
export function panelExpression(metric: CatalogueMetric, tier: TierName, options: PanelOptions): string {
  const { operation = 'avg', window, isAhead = false, matchers } = options;
  if (tier !== 'raw') {
    const series = renderSelector(recordingName(metric, operation, tier), matchers);
    return `${operation}_over_time(${series}[${window}]${isAhead ? ` offset -${window}` : ''})`;
  }
  if (operation !== 'avg') throw new Error(`${metric.name}: a dashboard shows no ${operation} of the raw tier`);
  return render(metric, { kind: 'range', window }, matchers);
}

interface Window {
  readonly metric: CatalogueMetric;
  readonly operation: Operation;
  readonly seconds: number;
  readonly offsetSeconds: number;
  readonly matchers: readonly Matcher[];
  readonly intervalSeconds: number;
}

/** The maximum is taken over the values that the raw tier shows in the window: no tier shows a peak that raw does not show. */
function overWindow({ metric, operation, seconds, offsetSeconds, matchers, intervalSeconds }: Window): string {
  switch (operation) {
    case 'avg':
      return render(metric, { kind: 'window', seconds, offsetSeconds, intervalSeconds }, matchers);
    case 'max': {
      const steps = `[${seconds}s:${intervalSeconds}s]${renderOffset(offsetSeconds)}`;
      return `max_over_time((${currentExpression(metric, matchers, intervalSeconds)})${steps})`;
    }
  }
}

/** A host that exports and pushes a metric counts once, with the exported value: `or` adds only label sets that the left side lacks. */
function render(metric: CatalogueMetric, reading: Reading, matchers: readonly Matcher[]): string {
  const exported = renderExpression(metric.exported, reading, matchers);
  return `${exported} or ${renderExpression(metric.pushed, reading, matchers)}`;
}

/** Returns the matcher `label="value"` for any value. */
export function matcher(label: string, value: string): Matcher {
  return { label, operator: '=', value };
}

/** Returns a matcher for any of the values, each taken literally. */
export function anyOf(label: string, values: readonly [string, ...string[]]): Matcher {
  if (values.length === 1) return matcher(label, values[0]);
  return { label, operator: '=~', value: values.map(escapeRegExp).join('|') };
}

/** Returns `family{label="value"}`. Throws on an invalid label name, because PromQL cannot quote names. */
export function renderSelector(family: string, matchers: readonly Matcher[]): string {
  return matchers.length === 0 ? family : `${family}{${matchers.map(renderMatcher).join(',')}}`;
}

/** Returns `label="value"`. Throws on an invalid label name. */
export function renderMatcher({ label, operator, value }: Matcher): string {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label)) {
    throw new Error(`label name: expected letters, digits and underscores, got ${JSON.stringify(label)}`);
  }
  return `${label}${operator}${quote(value)}`;
}

/**
 * Returns a PromQL string. PromQL uses the escapes of Go, which include those of JSON. A lone surrogate has no UTF-8 form and
 * Prometheus rejects its escape, so it becomes U+FFFD. U+FFFD is escaped, because Prometheus takes it for invalid UTF-8.
 */
function quote(value: string): string {
  return JSON.stringify(value.toWellFormed()).replaceAll('\ufffd', '\\ufffd');
}

/** Escapes the syntax characters of RE2: https://github.com/google/re2/wiki/Syntax */
function escapeRegExp(value: string): string {
  return value.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

/** The interval at which hostpulse's exporters are scraped and push. */
export const sampleIntervalSeconds = 5;

/** Returns the shortest window of a rate: four sample intervals, so that a rate survives one lost or late sample. */
export function shortestRateSeconds(intervalSeconds: number): number {
  return 4 * intervalSeconds;
}

/**
 * How leaves are read. `instant`: the current value. `window`: the mean over `seconds`, ending `offsetSeconds` before the time
 * of evaluation. `range`: the mean over a placeholder such as Grafana's `$__rate_interval`, which includes the extra interval
 * of a counter.
 */
export type Reading =
  | { readonly kind: 'instant'; readonly intervalSeconds?: number }
  | {
      readonly kind: 'window';
      readonly seconds: number;
      readonly offsetSeconds: number;
      readonly intervalSeconds?: number;
    }
  | { readonly kind: 'range'; readonly window: string };

/**
 * Returns the expression as PromQL with `matchers` in every selector.
 *
 * The window of a counter is one sample interval (default: 5 s) longer than requested. `rate` measures from the first to the last sample
 * in its window: [60s] holds 12 samples and therefore 11 increments, [65s] holds the 12 increments of a minute. With [65s],
 * consecutive windows together count each increment once.
 */
export function renderExpression(expression: Expression, reading: Reading, matchers: readonly Matcher[] = []): string {
  const render = (part: Expression): string => renderExpression(part, reading, matchers);
  const operand = (part: Expression): string => (isOperator(part) ? `(${render(part)})` : render(part));
  switch (expression.kind) {
    case 'counter':
      return renderCounter(renderSelector(expression.family, [...expression.where, ...matchers]), reading);
    case 'gauge':
      return renderGauge(renderSelector(expression.family, [...expression.where, ...matchers]), reading);
    case 'sum':
    case 'count':
    case 'avg':
      return `${expression.kind} without (${expression.without.join(', ')}) (${render(expression.of)})`;
    case 'minus':
      return `${operand(expression.left)} - ${operand(expression.right)}`;
    case 'plus':
      return `${operand(expression.left)} + ${operand(expression.right)}`;
    case 'total': {
      const [left, right] = [operand(expression.left), operand(expression.right)];
      return `${left} + ${right} or ${left} or ${right}`;
    }
    case 'scaled':
      return `${expression.factor} * ${operand(expression.of)}`;
    case 'percent':
      return `100 * ${operand(expression.part)} / (${operand(expression.whole)} > 0)`;
  }
}

function isOperator({ kind }: Expression): boolean {
  return kind === 'minus' || kind === 'plus' || kind === 'total' || kind === 'scaled' || kind === 'percent';
}

function renderCounter(selector: string, reading: Reading): string {
  if (reading.kind === 'range') return `rate(${selector}[${reading.window}])`;
  const { intervalSeconds = sampleIntervalSeconds } = reading;
  const shortest = shortestRateSeconds(intervalSeconds);
  if (reading.kind === 'instant') return `rate(${selector}[${shortest}s])`;
  const seconds = Math.max(reading.seconds + intervalSeconds, shortest);
  return `rate(${selector}[${seconds}s]${renderOffset(reading.offsetSeconds)})`;
}

function renderGauge(selector: string, reading: Reading): string {
  if (reading.kind === 'instant') return selector;
  if (reading.kind === 'range') return `avg_over_time(${selector}[${reading.window}])`;
  return `avg_over_time(${selector}[${reading.seconds}s]${renderOffset(reading.offsetSeconds)})`;
}

export function renderOffset(seconds: number): string {
  return seconds === 0 ? '' : ` offset ${seconds}s`;
}

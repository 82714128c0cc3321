/**
 * The three resolutions: step, retention and recorded series of each, and the PromQL of a catalogue metric: the current value, the
 * history at each tier, and the expressions of the recording rules.
 */
import {
  defaultSampling,
  type Matcher,
  type Reading,
  renderExpression,
  renderOffset,
  renderSelector,
  type Sampling,
} from './expression.ts';
import { type CatalogueMetric, underscored } from './metrics.ts';

export type TierName = 'raw' | '1m' | '5m';
export type RecordedTierName = Exclude<TierName, 'raw'>;
export type Operation = 'avg' | 'max';

export interface Tier {
  readonly name: TierName;
  readonly stepMs: number;
  readonly retentionMs: number;
}

const secondMs = 1000;
const hourMs = 3600 * secondMs;

/** Finest first. */
export const tiers: readonly [Tier, Tier, Tier] = [
  { name: 'raw', stepMs: 5 * secondMs, retentionMs: 24 * hourMs },
  { name: '1m', stepMs: 60 * secondMs, retentionMs: 7 * 24 * hourMs },
  { name: '5m', stepMs: 300 * secondMs, retentionMs: 30 * 24 * hourMs },
];

export const recordedTierNames: readonly RecordedTierName[] = ['1m', '5m'];

export function tierByName(name: TierName): Tier {
  const [raw, minute, fiveMinutes] = tiers;
  return { raw, '1m': minute, '5m': fiveMinutes }[name];
}

/** Returns the recorded operations of a metric: the mean, and the maximum where peaks matter. */
export function operationsOf(metric: CatalogueMetric): readonly Operation[] {
  return metric.peak ? ['avg', 'max'] : ['avg'];
}

/** Returns a name such as `instance_device:disk_io_read_bytes:avg5m`. Throws when the operation is not recorded. */
export function recordingName(metric: CatalogueMetric, operation: Operation, tier: RecordedTierName): string {
  if (!operationsOf(metric).includes(operation)) throw new Error(`${metric.name}: ${operation} is not recorded`);
  return `${metric.level}:${underscored(metric.name)}:${operation}${tier}`;
}

/** How far back recording rules evaluate: a push takes seconds to arrive, and a rule is evaluated once. */
export const recordingOffsetSeconds = 15;

/**
 * Returns the current value: one series for each host and label set, counters as the rate over four sample intervals (default:
 * the last 20 s).
 */
export function currentExpression(
  metric: CatalogueMetric,
  matchers: readonly Matcher[] = [],
  sampling: Sampling = defaultSampling,
): string {
  return render(metric, { kind: 'instant', sampling }, matchers);
}

/** The series that an expression reads. Default: all, sampled as hostpulse's exporters sample. */
export interface SeriesScope {
  readonly matchers?: readonly Matcher[];
  readonly sampling?: Sampling;
}

/** Returns the expression of a recording rule, which always reads raw samples; with matchers it is restricted to those series. */
export function recordingExpression(
  metric: CatalogueMetric,
  operation: Operation,
  tier: RecordedTierName,
  { matchers = [], sampling = defaultSampling }: SeriesScope = {},
): string {
  const seconds = tierByName(tier).stepMs / 1000;
  return overWindow({ metric, operation, seconds, offsetSeconds: recordingOffsetSeconds, matchers, sampling });
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
  return overWindow({ metric, operation, seconds, offsetSeconds: 0, matchers, sampling: defaultSampling });
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
  readonly sampling: Sampling;
}

/** The maximum is taken over the values that the raw tier shows in the window: no tier shows a peak that raw does not show. */
function overWindow({ metric, operation, seconds, offsetSeconds, matchers, sampling }: Window): string {
  switch (operation) {
    case 'avg':
      return render(metric, { kind: 'window', seconds, offsetSeconds, sampling }, matchers);
    case 'max': {
      const steps = `[${seconds}s:${sampling.intervalSeconds}s]${renderOffset(offsetSeconds)}`;
      return `max_over_time((${currentExpression(metric, matchers, sampling)})${steps})`;
    }
  }
}

/** A host that exports and pushes a metric counts once, with the exported value: `or` adds only label sets that the left side lacks. */
function render(metric: CatalogueMetric, reading: Reading, matchers: readonly Matcher[]): string {
  const exported = renderExpression(metric.exported, reading, matchers);
  return `${exported} or ${renderExpression(metric.pushed, reading, matchers)}`;
}

/** PromQL of a catalogue metric: its value now, its history at each tier, and what the recording rules evaluate. */
import type { Matcher } from './matcher.ts';
import { renderSelector } from './matcher.ts';
import type { CatalogueMetric } from './metric.ts';
import { type Reading, renderExpression, renderOffset, sampleIntervalSeconds } from './promql.ts';
import { type Operation, type RecordedTierName, recordingName, type TierName, tierByName } from './tiers.ts';

/** How long a recording rule waits for samples on their way: a push takes seconds, and a rule is evaluated once. */
export const recordingOffsetSeconds = 15;

/** The value now: one series for each host and label set, counters as the rate over the last 20 s. */
export function currentExpression(metric: CatalogueMetric, matchers: readonly Matcher[] = []): string {
  return render(metric, { kind: 'instant' }, matchers);
}

/** What the recording rule of that name evaluates, always over raw samples. */
export function recordingExpression(metric: CatalogueMetric, operation: Operation, tier: RecordedTierName): string {
  return recordingExpressionOf({ metric, operation, tier, matchers: [] });
}

export interface RecordingQuestion {
  readonly metric: CatalogueMetric;
  readonly operation: Operation;
  readonly tier: RecordedTierName;
  readonly matchers: readonly Matcher[];
}

/** The same for the series that match alone: what the rule would have said of one host. */
export function recordingExpressionOf({ metric, operation, tier, matchers }: RecordingQuestion): string {
  const seconds = tierByName(tier).stepMs / 1000;
  return overWindow({ metric, operation, seconds, offsetSeconds: recordingOffsetSeconds, matchers });
}

export interface HistoryOptions {
  readonly operation?: Operation;
  /** The step of the range query: a point is the mean (or maximum) over the step before it, never a lucky sample. */
  readonly stepMs: number;
  readonly matchers?: readonly Matcher[];
}

/**
 * For a range query with that step over one tier. Of a recorded tier no point is further back than one step of the tier
 * or of the query, whichever is longer: it neither flickers, as bare selectors of 5-minute series do under the lookback
 * of 5 minutes, nor outlives the host.
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
  return overWindow({ metric, operation, seconds, offsetSeconds: 0, matchers });
}

export interface PanelOptions {
  readonly operation?: Operation;
  /** Of a raw tier that is to hold a counter's extra interval: `$__rate_interval`; else one that is no shorter than the tier's step. */
  readonly window: string;
  /** Whether a recorded tier's window begins at the point's time, rather than ends there. */
  readonly isAhead?: boolean;
  readonly matchers: readonly Matcher[];
}

/** For a dashboard, which fills in the window: a point is the mean (or the highest recorded maximum) over it. */
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
}

/** The maximum is that of the values which the raw tier shows in the window, so no tier shows a peak that raw does not. */
function overWindow({ metric, operation, seconds, offsetSeconds, matchers }: Window): string {
  switch (operation) {
    case 'avg':
      return render(metric, { kind: 'window', seconds, offsetSeconds }, matchers);
    case 'max': {
      const steps = `[${seconds}s:${sampleIntervalSeconds}s]${renderOffset(offsetSeconds)}`;
      return `max_over_time((${currentExpression(metric, matchers)})${steps})`;
    }
  }
}

/** A host that sends both counts once, by what it exports: `or` takes the right side only for label sets that the left lacks. */
function render(metric: CatalogueMetric, reading: Reading, matchers: readonly Matcher[]): string {
  const exported = renderExpression(metric.exported, reading, matchers);
  return `${exported} or ${renderExpression(metric.pushed, reading, matchers)}`;
}

/** An expression tree as PromQL: one renderer for the instant value and for the mean over any window. */
import type { Expression } from './expression.ts';
import { type Matcher, renderSelector } from './matcher.ts';

/** The grid on which hosts are scraped and push. */
export const sampleIntervalSeconds = 5;

/** Four intervals: one lost or late sample still leaves a rate. */
export const instantRateSeconds = 20;

/**
 * How leaves are read. `window`: the mean over `seconds`, ending `offsetSeconds` before the time of evaluation. `range`: the
 * mean over a window that somebody else fills in, as Grafana does `$__rate_interval`; it is to hold a counter's extra interval.
 */
export type Reading =
  | { readonly kind: 'instant' }
  | { readonly kind: 'window'; readonly seconds: number; readonly offsetSeconds: number }
  | { readonly kind: 'range'; readonly window: string };

/**
 * `matchers` go into every selector. A counter's window is one sample interval longer than asked: `rate` divides the
 * increase between the first and the last sample inside, so that [65s] sees the 12 increments of a minute and windows
 * tile; [60s] sees 11 and never the one on the border.
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
    case 'percent':
      return `100 * ${operand(expression.part)} / (${operand(expression.whole)} > 0)`;
  }
}

function isOperator({ kind }: Expression): boolean {
  return kind === 'minus' || kind === 'plus' || kind === 'total' || kind === 'percent';
}

function renderCounter(selector: string, reading: Reading): string {
  if (reading.kind === 'instant') return `rate(${selector}[${instantRateSeconds}s])`;
  if (reading.kind === 'range') return `rate(${selector}[${reading.window}])`;
  const seconds = Math.max(reading.seconds + sampleIntervalSeconds, instantRateSeconds);
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

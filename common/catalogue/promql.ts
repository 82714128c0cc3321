/** Renders an expression tree as PromQL, for the current value or the mean over a window. */
import type { Expression } from './expression.ts';
import { type Matcher, renderSelector } from './matcher.ts';

/** The interval of scrapes and pushes. */
export const sampleIntervalSeconds = 5;

/** Four intervals, so that a rate survives one lost or late sample. */
export const instantRateSeconds = 20;

/**
 * How leaves are read. `instant`: the current value. `window`: the mean over `seconds`, ending `offsetSeconds` before the time
 * of evaluation. `range`: the mean over a placeholder such as Grafana's `$__rate_interval`, which includes the extra interval
 * of a counter.
 */
export type Reading =
  | { readonly kind: 'instant' }
  | { readonly kind: 'window'; readonly seconds: number; readonly offsetSeconds: number }
  | { readonly kind: 'range'; readonly window: string };

/**
 * Returns the expression as PromQL with `matchers` in every selector. The window of a counter is one sample interval longer
 * than requested: `rate` uses the increase between the first and the last sample in the window, so [65s] covers the 12
 * increments of a minute and adjacent windows tile. [60s] would cover 11.
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

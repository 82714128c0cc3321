/** Expressions of metrics: a tree over exported families, defined once and rendered as PromQL for every tier and operation. */

/** Untrusted text becomes PromQL only by matchers, escaped, so that no name or value can inject PromQL. */
export interface Matcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  /** The value or regular expression, not quoted. */
  readonly value: string;
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

export type Expression =
  | { readonly kind: 'counter' | 'gauge'; readonly family: string; readonly where: readonly Matcher[] }
  | {
      readonly kind: 'sum' | 'count' | 'avg';
      readonly without: readonly string[];
      readonly of: Expression;
    }
  | { readonly kind: 'minus' | 'plus'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'total'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'percent'; readonly part: Expression; readonly whole: Expression };

/** Reads a family as its increase per second. */
export function counter(family: string, ...where: readonly Matcher[]): Expression {
  return { kind: 'counter', family, where };
}

/** Reads a family's value. */
export function gauge(family: string, ...where: readonly Matcher[]): Expression {
  return { kind: 'gauge', family, where };
}

/** Sums over the named labels. */
export function sumWithout(without: readonly string[], of: Expression): Expression {
  return { kind: 'sum', without, of };
}

/** Counts series over the named labels. */
export function countWithout(without: readonly string[], of: Expression): Expression {
  return { kind: 'count', without, of };
}

/** Averages over the named labels. A single series loses only its name. */
export function avgWithout(without: readonly string[], of: Expression): Expression {
  return { kind: 'avg', without, of };
}

export function minus(left: Expression, right: Expression): Expression {
  return { kind: 'minus', left, right };
}

/** Adds two expressions. A series that lacks either side has no value. */
export function plus(left: Expression, right: Expression): Expression {
  return { kind: 'plus', left, right };
}

/** Adds two expressions of which a host may lack one, which then counts as 0. A host that lacks both has no value. */
export function total(left: Expression, right: Expression): Expression {
  return { kind: 'total', left, right };
}

/** Returns 100 x part / whole. No value where `whole` is 0. */
export function percent(part: Expression, whole: Expression): Expression {
  return { kind: 'percent', part, whole };
}

/** Returns the families that the expression reads, without duplicates. */
export function familiesOf(expression: Expression): readonly string[] {
  return [...new Set(leavesOf(expression).map((leaf) => leaf.family))];
}

/** Returns whether any part of the expression is a counter. */
export function readsCounters(expression: Expression): boolean {
  return leavesOf(expression).some((leaf) => leaf.kind === 'counter');
}

type Leaf = Extract<Expression, { kind: 'counter' | 'gauge' }>;

function leavesOf(expression: Expression): readonly Leaf[] {
  switch (expression.kind) {
    case 'counter':
    case 'gauge':
      return [expression];
    case 'sum':
    case 'count':
    case 'avg':
      return leavesOf(expression.of);
    case 'minus':
    case 'plus':
    case 'total':
      return [...leavesOf(expression.left), ...leavesOf(expression.right)];
    case 'percent':
      return [...leavesOf(expression.part), ...leavesOf(expression.whole)];
  }
}

/** The interval of scrapes and pushes. */
export const sampleIntervalSeconds = 5;

/** Four intervals, so that a rate survives one lost or late sample. */
export const instantRateSeconds = 20;

/** How often series have samples, and the shortest windows over them. */
export interface Sampling {
  readonly intervalSeconds: number;
  /** The shortest window of a rate. */
  readonly rateSeconds: number;
  /** The shortest window of a gauge's mean. */
  readonly gaugeSeconds: number;
}

/** The sampling of hostpulse's exporters. */
export const defaultSampling: Sampling = samplingEvery(sampleIntervalSeconds);

/** Returns windows that survive one lost or late sample: rates over four intervals, means over two. */
export function samplingEvery(intervalSeconds: number): Sampling {
  return { intervalSeconds, rateSeconds: 4 * intervalSeconds, gaugeSeconds: 2 * intervalSeconds };
}

/**
 * How leaves are read. `instant`: the current value. `window`: the mean over `seconds`, ending `offsetSeconds` before the time
 * of evaluation. `range`: the mean over a placeholder such as Grafana's `$__rate_interval`, which includes the extra interval
 * of a counter.
 */
export type Reading =
  | { readonly kind: 'instant'; readonly sampling?: Sampling }
  | {
      readonly kind: 'window';
      readonly seconds: number;
      readonly offsetSeconds: number;
      readonly sampling?: Sampling;
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
    case 'percent':
      return `100 * ${operand(expression.part)} / (${operand(expression.whole)} > 0)`;
  }
}

function isOperator({ kind }: Expression): boolean {
  return kind === 'minus' || kind === 'plus' || kind === 'total' || kind === 'percent';
}

function renderCounter(selector: string, reading: Reading): string {
  if (reading.kind === 'range') return `rate(${selector}[${reading.window}])`;
  const { intervalSeconds, rateSeconds } = reading.sampling ?? defaultSampling;
  if (reading.kind === 'instant') return `rate(${selector}[${rateSeconds}s])`;
  const seconds = Math.max(reading.seconds + intervalSeconds, rateSeconds);
  return `rate(${selector}[${seconds}s]${renderOffset(reading.offsetSeconds)})`;
}

function renderGauge(selector: string, reading: Reading): string {
  if (reading.kind === 'instant') return selector;
  if (reading.kind === 'range') return `avg_over_time(${selector}[${reading.window}])`;
  const { gaugeSeconds } = reading.sampling ?? defaultSampling;
  const seconds = Math.max(reading.seconds, gaugeSeconds);
  return `avg_over_time(${selector}[${seconds}s]${renderOffset(reading.offsetSeconds)})`;
}

export function renderOffset(seconds: number): string {
  return seconds === 0 ? '' : ` offset ${seconds}s`;
}

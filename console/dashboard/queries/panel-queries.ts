/**
 * Builds the queries of panels with the times, steps and windows that Grafana's Prometheus data source sends, and variables
 * interpolated in Grafana's notations.
 */
import { tierOff, tierPrefix } from '../../../common/dashboard/conventions.ts';
import type { Labels, Promql, RangeSeries, TimeGrid, VectorSeries } from '../../api/promql.ts';
import type { Caller } from '../../api/shared-calls.ts';
import type { Panel, Selection, Target, TimeRange, VariableValue } from '../model.ts';
import { durationUnits } from '../parse-dashboard.ts';

/** `timeInterval` of the provisioned data source. */
const sampleIntervalMs = 5_000;

export interface QueryContext {
  readonly range: TimeRange;
  readonly selection: Selection;
  /** Offset of the viewer's time zone, positive to the east. Steps of a day begin at the viewer's midnight. */
  readonly utcOffsetMs?: number;
}

export interface PanelContext extends QueryContext {
  /** Incremented when the user refreshes. */
  readonly refreshCount: number;
}

interface AnyRequest {
  readonly refId: string;
  readonly query: string;
  /** `$__interval`, and the step of a range query. */
  readonly stepMs: number;
  /** All tiers that the query reads are switched off: the answer is empty, and the query is not sent. */
  readonly isOff: boolean;
}

export type QueryRequest =
  | (AnyRequest & { readonly kind: 'instant'; readonly timeMs: number })
  | (AnyRequest & { readonly kind: 'range'; readonly startMs: number; readonly endMs: number });

/** Returns one request for each target, in order. */
export function panelRequests(panel: Panel, context: QueryContext): readonly QueryRequest[] {
  return panel.targets.map((target) => requestOf(panel, target, context));
}

/** Returns the request of a target. */
export function requestOf(
  { maxDataPoints, minStepMs }: Pick<Panel, 'maxDataPoints' | 'minStepMs'>,
  target: Target,
  { range, selection, utcOffsetMs = 0 }: QueryContext,
): QueryRequest {
  const intervalMs = Math.max(
    roundInterval((range.toMs - range.fromMs) / maxDataPoints),
    minStepMs ?? sampleIntervalMs,
  );
  const stepMs = stepOf(range, maxDataPoints, target.minStepMs ?? intervalMs);
  const rateIntervalMs = rateIntervalOf(intervalMs, target.minStepMs ?? sampleIntervalMs);
  const { refId, expr, kind } = target;
  const query = interpolate(expr, { range, selection, steps: { stepMs, rateIntervalMs } });
  const common = { refId, query, stepMs, isOff: readsNoTier(expr, selection) };
  if (kind === 'instant') return { ...common, kind, timeMs: range.toMs };
  const { fromMs, toMs } = alignRange(range, stepMs, utcOffsetMs);
  return { ...common, kind, startMs: fromMs, endMs: toMs };
}

/** Returns the requests that can have an answer. */
export function activeRequests(requests: readonly QueryRequest[]): readonly QueryRequest[] {
  return requests.filter(({ isOff }) => !isOff);
}

export type Answer =
  | {
      readonly kind: 'range';
      readonly request: QueryRequest & { readonly kind: 'range' };
      readonly series: readonly RangeSeries[];
    }
  | {
      readonly kind: 'instant';
      readonly request: QueryRequest & { readonly kind: 'instant' };
      readonly series: readonly VectorSeries[];
    };

/** Sends a request. */
export async function askQuery(promql: Promql, request: QueryRequest, caller: Caller): Promise<Answer> {
  const { query } = request;
  if (request.kind === 'instant') {
    const series = await promql.instant({ query, time: request.timeMs / 1_000 }, caller);
    return { kind: 'instant', request, series };
  }
  return { kind: 'range', request, series: await promql.range({ query, ...gridOf(request) }, caller) };
}

export function gridOf({ startMs, endMs, stepMs }: QueryRequest & { readonly kind: 'range' }): TimeGrid {
  return { start: startMs / 1_000, end: endMs / 1_000, step: stepMs / 1_000 };
}

/**
 * Fills in a legend format such as `{{instance}} {{device}}`. Missing labels are empty. Without a format, returns all
 * labels as Prometheus writes them.
 */
export function renderLegend(format: string, labels: Labels): string {
  if (format !== '') return format.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, name: string) => labels[name] ?? '');
  const { __name__: family = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(([label, value]) => `${label}="${value}"`);
  return pairs.length === 0 ? family : `${family}{${pairs.join(', ')}}`;
}

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** An interval up to the first number is rounded to the second. */
const roundings: readonly (readonly [number, number])[] = [
  [10, 1],
  [15, 10],
  [35, 20],
  [75, 50],
  [150, 100],
  [350, 200],
  [750, 500],
  [1.5 * secondMs, secondMs],
  [3.5 * secondMs, 2 * secondMs],
  [7.5 * secondMs, 5 * secondMs],
  [12.5 * secondMs, 10 * secondMs],
  [17.5 * secondMs, 15 * secondMs],
  [25 * secondMs, 20 * secondMs],
  [45 * secondMs, 30 * secondMs],
  [1.5 * minuteMs, minuteMs],
  [3.5 * minuteMs, 2 * minuteMs],
  [7.5 * minuteMs, 5 * minuteMs],
  [12.5 * minuteMs, 10 * minuteMs],
  [17.5 * minuteMs, 15 * minuteMs],
  [25 * minuteMs, 20 * minuteMs],
  [45 * minuteMs, 30 * minuteMs],
  [1.5 * hourMs, hourMs],
  [2.5 * hourMs, 2 * hourMs],
  [4.5 * hourMs, 3 * hourMs],
  [9 * hourMs, 6 * hourMs],
  [dayMs, 12 * hourMs],
  [7 * dayMs, dayMs],
  [21 * dayMs, 7 * dayMs],
  [42 * dayMs, 30 * dayMs],
];

/** Returns the interval rounded to a common step, such as 5 s, 30 s or 2 min. */
export function roundInterval(intervalMs: number): number {
  return roundings.find(([limitMs]) => intervalMs <= limitMs)?.[1] ?? 365 * dayMs;
}

/** Prometheus refuses more than 11,000 points a series. Grafana lengthens the step to stay below. */
const safePoints = 11_000;

/** Returns the step of a query in milliseconds, which is also `$__interval`. */
export function stepOf({ fromMs, toMs }: TimeRange, maxDataPoints: number, minMs: number): number {
  const exactMs = (toMs - fromMs) / maxDataPoints;
  const stepMs = exactMs < minMs ? minMs : roundInterval(exactMs);
  return Math.max(stepMs, roundInterval((toMs - fromMs) / safePoints));
}

/**
 * Returns `$__rate_interval`: the step plus one sample interval, at least four sample intervals. A lost sample still leaves
 * a rate.
 */
export function rateIntervalOf(stepMs: number, sampleIntervalMs: number): number {
  return Math.max(stepMs + sampleIntervalMs, 4 * sampleIntervalMs);
}

/** Moves both ends back to multiples of the step in the viewer's time zone. Steps of a day begin at midnight. */
export function alignRange({ fromMs, toMs }: TimeRange, stepMs: number, utcOffsetMs: number): TimeRange {
  const align = (timeMs: number): number => Math.floor((timeMs + utcOffsetMs) / stepMs) * stepMs - utcOffsetMs;
  return { fromMs: align(fromMs), toMs: align(toMs) };
}

/** Values of `$__interval` and related macros. Only for queries of panels. */
interface StepMacros {
  readonly stepMs: number;
  readonly rateIntervalMs: number;
}

interface Scope {
  readonly range: TimeRange;
  readonly selection: Selection;
  readonly steps?: StepMacros;
}

const reference = /\$(\w+)|\$\{(\w+)(?::([\w:]+))?\}/g;

/** Interpolates `$name`, `${name}` and `${name:format}`. Leaves unknown names unchanged, as Grafana does. */
export function interpolate(text: string, scope: Scope): string {
  const macros = macrosOf(scope);
  return text.replace(reference, (match, bare?: string, braced?: string, format?: string) => {
    const name = bare ?? braced ?? '';
    const chosen = scope.selection.get(name);
    if (chosen !== undefined) return promqlValue(chosen);
    return macros.get(format === undefined ? name : `${name}:${format}`) ?? match;
  });
}

/** Returns the names of variables and macros that the text refers to, without formats and duplicates. */
export function referencesIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(reference)].map(([, bare, braced]) => bare ?? braced ?? ''))];
}

function macrosOf({ range, steps }: Scope): ReadonlyMap<string, string> {
  const rangeMs = range.toMs - range.fromMs;
  const rangeSeconds = Math.round(rangeMs / 1_000);
  const macros = new Map([
    ['__from', String(range.fromMs)],
    ['__to', String(range.toMs)],
    ['__from:date:seconds', String(Math.round(range.fromMs / 1_000))],
    ['__to:date:seconds', String(Math.round(range.toMs / 1_000))],
    ['__range', `${rangeSeconds}s`],
    ['__range_s', String(rangeSeconds)],
    ['__range_ms', String(rangeMs)],
  ]);
  if (steps === undefined) return macros;
  const { stepMs, rateIntervalMs } = steps;
  return macros
    .set('__interval', formatDuration(stepMs))
    .set('__interval_ms', String(stepMs))
    .set('__rate_interval', formatDuration(rateIntervalMs))
    .set('__rate_interval_ms', String(rateIntervalMs));
}

/**
 * Returns the text that replaces `$variable` inside a double-quoted PromQL string. Values of a variable with several values
 * are taken literally: they are escaped for the regular expression and for the string, as in Grafana's Prometheus data
 * source with `prometheusSpecialCharsInLabelValues`.
 */
export function promqlValue({ variable, selected }: VariableValue): string {
  if (variable.type !== 'query') return selected === 'all' ? '' : escapeString(selected[0] ?? '');
  if (selected === 'all') return variable.allValue;
  if (!variable.multi && !variable.includeAll) return escapeString(selected[0] ?? '');
  const escaped = selected.map((value) => escapeString(escapeRegExp(value)));
  return escaped.length === 1 ? (escaped[0] as string) : `(${escaped.join('|')})`;
}

const stringEscapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r' };

/** Escapes for a double-quoted string of PromQL (https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals). */
function escapeString(value: string): string {
  return value.replace(/[\\"\n\r]/g, (character) => stringEscapes[character] as string);
}

/** Escapes the metacharacters of RE2. */
function escapeRegExp(value: string): string {
  return value.replace(/[\\^$*+?.()|[\]{}]/g, '\\$&');
}

/** Formats a duration as PromQL writes it, such as `2m5s`. */
export function formatDuration(durationMs: number): string {
  let restMs = Math.round(durationMs);
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(restMs / durationUnits[unit]);
    if (count === 0) continue;
    text += `${count}${unit}`;
    restMs -= count * durationUnits[unit];
  }
  return text === '' ? '0s' : text;
}

/** Returns true when all tiers that the text refers to are switched off: the query has no answer. */
function readsNoTier(text: string, selection: Selection): boolean {
  const tiers = referencesIn(text).filter((name) => name.startsWith(tierPrefix));
  return tiers.length > 0 && tiers.every((name) => selection.get(name)?.selected[0] === tierOff);
}

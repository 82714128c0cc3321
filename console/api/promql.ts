/**
 * Sends PromQL queries to the gateway. Equal queries share one request. Range results become columns on the query's time
 * grid.
 */
import type { Api, FormCall } from './client.ts';
import { type Caller, createSharedCalls } from './shared-calls.ts';

export type Labels = Readonly<Record<string, string>>;

/** Epoch seconds, and the value as text. */
export type Sample = readonly [number, string];

export interface RangeSeries {
  readonly metric: Labels;
  /** Values on the grid of the query. */
  readonly column: Column;
}

export interface VectorSeries {
  readonly metric: Labels;
  readonly value: Sample;
}

export interface TimeGrid {
  /** Epoch seconds, like the step. */
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

export type Column = (number | null)[];

export interface RangeQuery extends TimeGrid {
  readonly query: string;
}

export interface InstantQuery {
  readonly query: string;
  /** Epoch seconds. */
  readonly time: number;
}

export interface Promql {
  range(query: RangeQuery, caller: Caller): Promise<readonly RangeSeries[]>;
  instant(query: InstantQuery, caller: Caller): Promise<readonly VectorSeries[]>;
  /** Drops the cached answers, so that the next queries are sent again. */
  clear(): void;
}

/** A browser opens six connections to a host over HTTP/1.1. One stays free for health checks. */
const maxConcurrency = 5;

/** Answers can be megabytes, and panels hold their own. The cache serves equal queries sent shortly after each other. */
const maxCached = 16;
const maxAgeMs = 5_000;

/** Covers the frames between an answer and the queries that follow from it. */
const pauseMs = 100;

export function createPromql(api: Api): Promql {
  const calls = createSharedCalls({
    maxConcurrency,
    maxCached,
    maxAgeMs,
    now: () => performance.now(),
    pause: () => new Promise((resolve) => setTimeout(resolve, pauseMs)),
  });

  function ask<T>(path: string, call: Pick<FormCall<T>, 'form' | 'parse'>, caller: Caller): Promise<T> {
    return calls.share(`${path}?${call.form}`, (signal) => api.postForm(path, { ...call, signal }), caller);
  }

  return {
    range({ query, ...grid }, caller) {
      const { start, end, step } = grid;
      const form = new URLSearchParams({ query, start: String(start), end: String(end), step: String(step) });
      return ask('/api/v1/query_range', { form, parse: (body) => parseMatrix(body, grid) }, caller);
    },
    instant({ query, time }, caller) {
      const form = new URLSearchParams({ query, time: String(time) });
      return ask('/api/v1/query', { form, parse: parseVector }, caller);
    },
    clear: () => calls.clear(),
  };
}

/** Prometheus answers `1` with a scalar and `vector(1)` with a vector. */
function parseVector(body: string): readonly VectorSeries[] {
  const { data } = JSON.parse(body) as { readonly data: { readonly result: readonly VectorSeries[] | Sample } };
  const isScalar = (result: typeof data.result): result is Sample => typeof result[0] === 'number';
  return isScalar(data.result) ? [{ metric: {}, value: data.result }] : data.result;
}

/** Cannot occur inside a JSON string, where its quotes would be escaped. */
const pointsStart = '"values":[[';
const pointsEnd = ']]';

interface Skeleton {
  readonly data: {
    readonly result: readonly {
      readonly metric: Labels;
      /** Index of the column if the points were cut out. Absent for a series with histograms only. */
      readonly values?: number | readonly Sample[];
    }[];
  };
}

/**
 * Parses the body of a response of /api/v1/query_range.
 * A day of a hundred hosts has a million points. `JSON.parse` would allocate an array and a string for each, and collecting
 * that garbage takes longer than drawing. The points are therefore cut out of the body, and only the rest is parsed as
 * JSON.
 */
export function parseMatrix(body: string, grid: TimeGrid): readonly RangeSeries[] {
  const columns: Column[] = [];
  const rest: string[] = [];
  let at = 0;
  for (let found = body.indexOf(pointsStart); found !== -1; found = body.indexOf(pointsStart, at)) {
    const from = found + pointsStart.length;
    const to = body.indexOf(pointsEnd, from);
    const column = to === -1 ? undefined : tryColumn(body, from, to, grid);
    if (column === undefined) break; // truncated or formatted differently: left to JSON.parse
    rest.push(body.slice(at, found), `"values":${columns.push(column) - 1}`);
    at = to + pointsEnd.length;
  }
  rest.push(body.slice(at));
  const { data } = JSON.parse(rest.join('')) as Skeleton;
  return data.result.map(({ metric, values = [] }) => ({
    metric,
    column: typeof values === 'number' ? (columns[values] as Column) : toColumn(values, grid),
  }));
}

/** Parses `1795594200,"1.5"],[1795594260,"2"`. Returns undefined for any other format. */
function tryColumn(text: string, from: number, to: number, grid: TimeGrid): Column | undefined {
  const column = createColumn(grid);
  for (let at = from; at < to; ) {
    const comma = text.indexOf(',"', at);
    const close = text.indexOf('"', comma + 2);
    if (comma === -1 || close === -1 || close >= to) return undefined;
    if (close + 1 !== to && !text.startsWith('"],[', close)) return undefined;
    column.put(Number(text.slice(at, comma)), Number(text.slice(comma + 2, close)));
    at = close + 4;
  }
  return column.finish();
}

function toColumn(samples: readonly Sample[], grid: TimeGrid): Column {
  const column = createColumn(grid);
  for (const [time, text] of samples) column.put(time, Number(text));
  return column.finish();
}

export function gridTimes(grid: TimeGrid): number[] {
  const { start, step } = grid;
  return Array.from({ length: lengthOf(grid) }, (_, index) => start + index * step);
}

/** Appends values instead of assigning them: V8 stores the numbers of an array unboxed only while the array contains only numbers. */
export function createColumn(grid: TimeGrid) {
  const { start, step } = grid;
  const length = lengthOf(grid);
  const column: Column = [];

  function fillTo(index: number): void {
    while (column.length < index) column.push(null);
  }

  return {
    /** Expects points in order of time. Leaves a gap for NaN and infinities, and ignores points outside the grid. */
    put(time: number, value: number): void {
      const index = Math.round((time - start) / step);
      if (index < column.length || index >= length || !Number.isFinite(value)) return;
      fillTo(index);
      column.push(value);
    },
    finish(): Column {
      fillTo(length);
      return column;
    },
  };
}

function lengthOf({ start, end, step }: TimeGrid): number {
  return Math.floor((end - start) / step + 1e-9) + 1;
}

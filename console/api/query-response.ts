/**
 * Answers over time, read into columns. `JSON.parse` would make a list and a text of each of their points, a million for a
 * day of a fleet, and collecting those takes longer than drawing; so the points are cut out, and the rest is parsed.
 */

/** Within a text of JSON this cannot stand: its quotes would be escaped. */
const pointsStart = '"values":[[';
const pointsEnd = ']]';

interface Skeleton {
  readonly data: {
    readonly result: readonly {
      readonly metric: Labels;
      /** The column's number where the points were cut out; absent: there are none but histograms. */
      readonly values?: number | readonly Sample[];
    }[];
  };
}

/** The series of the body of an answer to /api/v1/query_range. */
export function parseMatrix(body: string, grid: TimeGrid): readonly RangeSeries[] {
  const columns: Column[] = [];
  const rest: string[] = [];
  let at = 0;
  for (let found = body.indexOf(pointsStart); found !== -1; found = body.indexOf(pointsStart, at)) {
    const from = found + pointsStart.length;
    const to = body.indexOf(pointsEnd, from);
    const column = to === -1 ? undefined : tryColumn(body, from, to, grid);
    if (column === undefined) break; // cut short, or written in another way: left to JSON.parse
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

/** `1795594200,"1.5"],[1795594260,"2"` from one place to another; undefined where it does not read so. */
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

export type Labels = Readonly<Record<string, string>>;

/** As Prometheus writes it: seconds, and the value as text. */
export type Sample = readonly [number, string];

export interface RangeSeries {
  readonly metric: Labels;
  /** On the grid that was asked for. */
  readonly column: Column;
}

export interface VectorSeries {
  readonly metric: Labels;
  readonly value: Sample;
}

/** Series as the columns of a chart: one list of times, one of values for each series, null where there is none. */
export interface TimeGrid {
  /** Epoch seconds, like the step. */
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

export type Column = (number | null)[];

export function gridTimes(grid: TimeGrid): number[] {
  const { start, step } = grid;
  return Array.from({ length: lengthOf(grid) }, (_, index) => start + index * step);
}

export interface ColumnWriter {
  /** In the order of time. NaN and infinities leave a gap; what is beyond the grid is not of this query. */
  put(time: number, value: number): void;
  finish(): Column;
}

/** Written from the first value on: V8 keeps the numbers of a list unboxed as long as nothing else was ever in it. */
export function createColumn(grid: TimeGrid): ColumnWriter {
  const { start, step } = grid;
  const length = lengthOf(grid);
  const column: Column = [];

  function fillTo(index: number): void {
    while (column.length < index) column.push(null);
  }

  return {
    put(time, value) {
      const index = Math.round((time - start) / step);
      if (index < column.length || index >= length || !Number.isFinite(value)) return;
      fillTo(index);
      column.push(value);
    },
    finish() {
      fillTo(length);
      return column;
    },
  };
}

function lengthOf({ start, end, step }: TimeGrid): number {
  return Math.floor((end - start) / step + 1e-9) + 1;
}

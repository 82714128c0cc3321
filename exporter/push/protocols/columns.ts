/** Turns sample sets (rows: all series at one instant) into columns (all points of one series), as every protocol sends them. */
import type { Layout, SampleSet } from '../buffer/sample-buffer.ts';
import {
  decodeLayout,
  type LayoutFamily,
  type LayoutSeries,
  type SeriesLayout,
  seriesKeys,
} from '../sampler/series-layout.ts';

/** The points of one series in ascending order of time. */
export interface Column<Head> {
  /** The protocol's encoding of the series, from `CompileSeries`. */
  readonly head: Head;
  readonly timestampsMs: readonly number[];
  /** `null` where the series ended. */
  readonly values: readonly (number | null)[];
}

/** Encodes the parts of a series that repeat in every request. Called once per series and layout. */
export type CompileSeries<Head> = (family: LayoutFamily, series: LayoutSeries) => Head;

/** Returns each series once, also when the sets have several layouts. */
export type Columns<Head> = (sets: readonly SampleSet[]) => Iterable<Column<Head>>;

interface CompiledLayout<Head> {
  readonly keys: readonly string[];
  /** Undefined for a repeated series: the first occurrence counts. */
  readonly heads: readonly (Head | undefined)[];
}

export function createColumns<Head>(compile: CompileSeries<Head>): Columns<Head> {
  const compiled = new WeakMap<Layout, CompiledLayout<Head>>();

  function compiledOf(layout: Layout): CompiledLayout<Head> {
    const known = compiled.get(layout) ?? compileLayout(decodeLayout(layout.bytes), compile);
    compiled.set(layout, known);
    return known;
  }

  return (sets) => {
    // The order of sampling differs from the order of time when the clock was set back.
    const ordered = sets.toSorted((a, b) => a.timestampMs - b.timestampMs || a.id - b.id);
    const [first] = ordered;
    if (first === undefined) return [];
    const isUniform = ordered.every(({ layout, kind }) => layout === first.layout && kind === 'samples');
    return isUniform ? uniformColumns(ordered, compiledOf(first.layout)) : mixedColumns(ordered, compiledOf);
  };
}

function compileLayout<Head>(layout: SeriesLayout, compile: CompileSeries<Head>): CompiledLayout<Head> {
  const keys = seriesKeys(layout);
  const seen = new Set<string>();
  const heads: (Head | undefined)[] = [];
  for (const family of layout.families) {
    for (const series of family.series) {
      const key = keys[heads.length] as string;
      heads.push(seen.has(key) ? undefined : compile(family, series));
      seen.add(key);
    }
  }
  return { keys, heads };
}

/** The fast path for sets with one layout: all series share their timestamps. */
function* uniformColumns<Head>(
  sets: readonly SampleSet[],
  { heads }: CompiledLayout<Head>,
): Generator<Column<Head>, undefined> {
  const timestampsMs = sets.map((set) => set.timestampMs);
  const rows = sets.map(({ values }) => float64s(values));
  for (let index = 0; index < heads.length; index++) {
    const head = heads[index];
    if (head !== undefined) yield { head, timestampsMs, values: rows.map((row) => row[index] as number) };
  }
}

interface GrowingColumn<Head> extends Column<Head> {
  readonly timestampsMs: number[];
  readonly values: (number | null)[];
}

function mixedColumns<Head>(
  sets: readonly SampleSet[],
  compiledOf: (layout: Layout) => CompiledLayout<Head>,
): Iterable<Column<Head>> {
  const columns = new Map<string, GrowingColumn<Head>>();
  for (const { kind, layout, timestampMs, values } of sets) {
    const { keys, heads } = compiledOf(layout);
    const row = kind === 'stale' ? undefined : float64s(values);
    for (let index = 0; index < heads.length; index++) {
      const [key, head] = [keys[index] as string, heads[index]];
      if (head === undefined) continue;
      const column = columns.get(key) ?? { head, timestampsMs: [], values: [] };
      columns.set(key, column);
      if (column.timestampsMs.at(-1) === timestampMs) continue;
      column.timestampsMs.push(timestampMs);
      column.values.push(row === undefined ? null : (row[index] as number));
    }
  }
  return columns.values();
}

function float64s(bytes: Uint8Array): Float64Array {
  if (bytes.byteOffset % 8 === 0) return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
  return new Float64Array(bytes.slice().buffer);
}

/** Parses the statistics of NFS clients and servers in /proc/net/rpc. Source: net/sunrpc/stats.c and fs/nfsd/stats.c of the kernel */
import { parseLines, parseRow, parseWords } from './host-file.ts';
import type { ValueFaults } from './value-faults.ts';

/** Describes a line of the file by the names of its columns. A column without a metric has an empty name. */
export interface RpcLine {
  readonly columns: readonly string[];
  /** The line starts with the number of its values. Newer kernels have more values, older kernels fewer. */
  readonly isCounted?: true;
  /** The line may have more values than columns. */
  readonly hasMore?: true;
}

/** Numbers by the label of the line, then by the name of the column. */
export type RpcStatistics = ReadonlyMap<string, ReadonlyMap<string, number>>;

/**
 * Parses the lines that `lines` describes, by label, and ignores other lines. The numbers of lines and columns that the kernel lacks are
 * 0, as in node_exporter. A malformed line or value is reported and omitted. `where` names the file in errors.
 */
export function parseRpcStatistics(
  text: string,
  lines: Readonly<Record<string, RpcLine>>,
  { where: file, faults }: { readonly where: string; readonly faults: ValueFaults },
): RpcStatistics {
  const statistics = new Map<string, ReadonlyMap<string, number>>();
  const missing = new Set(Object.keys(lines));
  for (const line of parseLines(text)) {
    const [label = '', ...words] = parseWords(line);
    const format = lines[label];
    if (format === undefined) continue;
    missing.delete(label);
    const where = `${file} ${label}`;
    const values = faults.attempt(where, () => pickValues(words, format, where));
    if (values === undefined) continue;
    statistics.set(label, byColumn(parseRow(values, { columns: format.columns, where, faults }), format));
  }
  if (statistics.size === 0)
    throw new Error(`${file}: expected lines such as ${Object.keys(lines).join(', ')}, got none`);
  for (const label of missing) statistics.set(label, byColumn([], lines[label] as RpcLine));
  return statistics;
}

/** Returns the numbers by column. A column without number is 0; a malformed number, which is undefined, is omitted. */
function byColumn(numbers: readonly (number | undefined)[], { columns }: RpcLine): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const [index, column] of columns.entries()) {
    const value = index < numbers.length ? numbers[index] : 0;
    if (column !== '' && value !== undefined) values.set(column, value);
  }
  return values;
}

/** Returns the values that have columns. Throws when the line has another number of values than its format. */
function pickValues(words: readonly string[], { columns, isCounted, hasMore }: RpcLine, where: string): string[] {
  const values = isCounted ? words.slice(1) : [...words];
  const expected = isCounted ? Number(words[0]) : columns.length;
  if (hasMore ? values.length < expected : values.length !== expected)
    throw new Error(`${where}: expected ${expected} values, got ${values.length}`);
  return values.slice(0, columns.length);
}

/** Parses the statistics of NFS clients and servers in /proc/net/rpc. Source: net/sunrpc/stats.c and fs/nfsd/stats.c of the kernel */
import { parseLines, parseRow, parseWords } from './host-file.ts';
import type { ValueFaults } from './value-faults.ts';

/** A line of the file: its columns by position. A column without metric is an empty text. */
export interface RpcLine {
  readonly columns: readonly string[];
  /** The line starts with the number of its values. Newer kernels have more values, older ones fewer. */
  readonly isCounted?: true;
  /** The line may have more values than columns. */
  readonly hasMore?: true;
}

/** Numbers by column, for each line by its label. */
export type RpcStatistics = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** A malformed line or value is reported and omitted; a line that is not in `lines` has no metrics. `where` names the file in errors. */
export function parseRpcStatistics(
  text: string,
  lines: Readonly<Record<string, RpcLine>>,
  { where: file, faults }: { readonly where: string; readonly faults: ValueFaults },
): RpcStatistics {
  const statistics = new Map<string, Map<string, number>>();
  for (const line of parseLines(text)) {
    const [label = '', ...words] = parseWords(line);
    const format = lines[label];
    if (format === undefined) continue;
    const where = `${file} ${label}`;
    const values = faults.attempt(where, () => pickValues(words, format, where));
    if (values === undefined) continue;
    const numbers = parseRow(values, { columns: format.columns, where, faults });
    const byColumn = new Map<string, number>();
    for (const [index, value] of numbers.entries()) {
      const column = format.columns[index] ?? '';
      if (column !== '' && value !== undefined) byColumn.set(column, value);
    }
    statistics.set(label, byColumn);
  }
  if (statistics.size === 0)
    throw new Error(`${file}: expected lines such as ${Object.keys(lines).join(', ')}, got none`);
  return statistics;
}

/** Returns the values that have columns. Throws when the line has another number of values than its format. */
function pickValues(words: readonly string[], { columns, isCounted, hasMore }: RpcLine, where: string): string[] {
  const values = isCounted ? words.slice(1) : [...words];
  const expected = isCounted ? Number(words[0]) : columns.length;
  if (hasMore ? values.length < expected : values.length !== expected)
    throw new Error(`${where}: expected ${expected} values, got ${values.length}`);
  return values.slice(0, columns.length);
}

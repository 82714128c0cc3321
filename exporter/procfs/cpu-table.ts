/** Parses the kernel's tables that have one column per CPU: headings `CPU0 CPU2`, then rows `name: words`. */
import { parseLines, parseUnsigned, parseWords, quote } from './host-file.ts';
import type { ValueFaults } from './value-faults.ts';

export interface CpuTable {
  /** CPU number by column. Offline CPUs have no column, so the position of a column is not its CPU number. */
  readonly cpus: readonly string[];
  readonly rows: readonly { readonly name: string; readonly words: readonly string[] }[];
}

/** Parses a table. `where` names the table in errors. A malformed row is reported and omitted. The colon after a name needs no blank: `IPI0:1234`. */
export function parseCpuTable(text: string, where: string, faults: ValueFaults): CpuTable {
  const [headings = '', ...lines] = parseLines(text);
  const cpus = parseWords(headings).map((word) => {
    if (!word.startsWith('CPU')) throw new Error(`${where}: expected headings such as CPU0, got ${quote(word)}`);
    return String(parseUnsigned(word.slice(3), `${where} headings`));
  });
  if (cpus.length === 0) throw new Error(`${where}: expected headings, got ${quote(headings)}`);
  const rows = lines.flatMap((line) => faults.attempt(`${where} row`, () => [parseTableRow(line, where)]) ?? []);
  return { cpus, rows };
}

function parseTableRow(line: string, where: string): CpuTable['rows'][number] {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon).trim();
  if (colon < 1 || name === '') throw new Error(`${where}: expected "name: values", got ${quote(line)}`);
  return { name, words: parseWords(line.slice(colon + 1)) };
}

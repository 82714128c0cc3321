/** Parses the kernel statistics (kstat) of OpenZFS. Source: module/os/linux/spl/spl-kstat.c of OpenZFS */
import { parseLines, parseRow, parseSigned, parseUnsigned, parseWords, quote } from '../../procfs/host-file.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';

export interface NamedValue {
  readonly name: string;
  readonly value: number;
}

/** Parsers of the types KSTAT_DATA_INT64 and KSTAT_DATA_UINT64. Values of other types, such as texts, have no metric. */
const parsers: Readonly<Record<string, (word: string | undefined, where: string) => number>> = {
  3: parseSigned,
  4: parseUnsigned,
};

/** Matches a name that can be part of the name of a metric. */
const validName = /^[a-zA-Z0-9_:-]+$/;

/** Parses rows of `name type data` below their headings. A malformed value is reported and omitted. */
export function parseKstat(text: string, where: string, faults: ValueFaults): NamedValue[] {
  const values: NamedValue[] = [];
  for (const [name = '', type = '', data] of dataRows(text, where).map(parseWords)) {
    const parse = parsers[type];
    if (parse === undefined) continue;
    const value = faults.attempt(`${where} ${name}`, () => {
      if (!validName.test(name)) throw new Error(`${where}: expected a name, got ${quote(name)}`);
      return parse(data, `${where} ${name}`);
    });
    if (value !== undefined) values.push({ name, value });
  }
  return values;
}

export interface DatasetKstat {
  readonly dataset: string;
  readonly values: readonly NamedValue[];
}

/** Parses the statistics of a dataset. The row `dataset_name` contains the name of the dataset, which may contain blanks. */
export function parseDatasetKstat(text: string, where: string, faults: ValueFaults): DatasetKstat {
  const row = dataRows(text, where).find((line) => line.startsWith('dataset_name '));
  const [, dataset] = /^dataset_name +7 +(\S.*)$/.exec(row ?? '') ?? [];
  if (dataset === undefined) throw new Error(`${where}: expected the name of a dataset, got ${quote(row)}`);
  return { dataset, values: parseKstat(text, where, faults) };
}

function dataRows(text: string, where: string): string[] {
  const lines = parseLines(text);
  const headings = lines.findIndex((line) => parseWords(line).join(' ') === 'name type data');
  if (headings === -1) throw new Error(`${where}: expected headings "name type data", got ${quote(text)}`);
  return lines.slice(headings + 1).filter((line) => line.trim() !== '');
}

/** Parses a line of headings and a line of values, as in the file `io` of a pool. A malformed value is reported and omitted. */
export function parseKstatTable(text: string, where: string, faults: ValueFaults): NamedValue[] {
  const lines = parseLines(text);
  const index = lines.findIndex((line) => line.startsWith('nread '));
  const columns = parseWords(lines[index] ?? '');
  const words = parseWords(lines[index + 1] ?? '');
  if (index === -1 || words.length !== columns.length)
    throw new Error(`${where}: expected headings and as many values, got ${quote(text)}`);
  const invalid = columns.find((column) => !validName.test(column));
  if (invalid !== undefined) throw new Error(`${where}: expected a heading, got ${quote(invalid)}`);
  const numbers = parseRow(words, { columns, where, faults });
  return columns.flatMap((name, column) => {
    const value = numbers[column];
    return value === undefined ? [] : [{ name, value }];
  });
}

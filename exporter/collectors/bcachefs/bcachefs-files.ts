/** Parses the attributes of bcachefs, which the kernel prints in a human-readable form. Source: fs/bcachefs/sysfs.c of the kernel */
import { parseLine, parseLines, parseUnsigned, parseWords, quote } from '../../procfs/host-file.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';

const units = 'kmgtpe';
const size = /^(\d{1,20}(?:\.\d{1,6})?)([kmgtpe]?)$/i;

/** Parses the content of an attribute with a size. */
export function parseSizeLine(text: string, where: string): number {
  return parseSize(parseLine(text, where).trim(), where);
}

/** Parses a number with an optional unit, which is a power of 1024: `1.09G`. */
function parseSize(word: string, where: string): number {
  const [, number, unit = ''] = size.exec(word) ?? [];
  if (number === undefined) throw new Error(`${where}: expected a size such as 1.5k, got ${quote(word)}`);
  return Math.trunc(Number(number) * 1024 ** (unit === '' ? 0 : units.indexOf(unit.toLowerCase()) + 1));
}

/** A row of a table: the name without its colon, and the first two values. */
export interface TableRow {
  readonly name: string;
  readonly first: number;
  readonly second: number;
}

/** Parses `compression_stats`: headings, then rows such as `lz4: 1.2G 2.4G 50k`. A malformed row is reported and omitted. */
export function parseCompressionTable(text: string, where: string, faults: ValueFaults): TableRow[] {
  return parseTable(text, where, { faults, parseFirst: parseSize });
}

/** Parses `btree_write_stats`: headings, then rows such as `initial: 19088 108k`. A malformed row is reported and omitted. */
export function parseWriteTable(text: string, where: string, faults: ValueFaults): TableRow[] {
  return parseTable(text, where, { faults, parseFirst: parseUnsigned });
}

interface TableOptions {
  readonly faults: ValueFaults;
  readonly parseFirst: (word: string, place: string) => number;
}

function parseTable(text: string, where: string, { faults, parseFirst }: TableOptions): TableRow[] {
  return parseLines(text)
    .slice(1)
    .flatMap((line) => {
      const [title = '', first = '', second = ''] = parseWords(line);
      if (title === '') return [];
      const name = title.replace(/:$/, '');
      const place = `${where} ${name}`;
      const parse = () => [{ name, first: parseFirst(first, place), second: parseSize(second, place) }];
      return faults.attempt(place, parse) ?? [];
    });
}

/** Matches a count that the time follows without a blank. The seconds since 1970 have ten digits until the year 2286. */
const countWithTime = /^(\d{8,20})\d{10}$/;

/**
 * Parses `errors`: rows of a type, a count and the time of the last error. The column of the count has eight characters: a count
 * of eight or more digits is followed by the time without blank. A malformed row is reported and omitted.
 */
export function parseErrorCounts(text: string, where: string, faults: ValueFaults): [type: string, count: number][] {
  return parseLines(text).flatMap((line) => {
    const [type = '', word = '', ...time] = parseWords(line);
    if (type === '') return [];
    const [, longCount] = time.length === 0 ? (countWithTime.exec(word) ?? []) : [];
    const place = `${where} ${type}`;
    return (
      faults.attempt(place, () => {
        if (time.length === 0 && longCount === undefined)
          throw new Error(`${place}: expected a count and a time, got ${quote(line)}`);
        return [[type, parseUnsigned(longCount ?? word, place)]];
      }) ?? []
    );
  });
}

const sinceCreation = 'since filesystem creation:';

/** Parses the line `since filesystem creation: 1.2M` of a counter. */
export function parseCounter(text: string, where: string): number {
  const line = parseLines(text).find((each) => each.startsWith(sinceCreation));
  if (line === undefined) throw new Error(`${where}: expected "${sinceCreation}", got ${quote(text)}`);
  return parseSize(line.slice(sinceCreation.length).trim(), where);
}

export interface IoDone {
  readonly operation: string;
  readonly data_type: string;
  readonly bytes: number;
}

/** Parses `io_done`: `read:` or `write:`, then lines of a data type and bytes. A malformed line is reported and omitted. */
export function parseIoDone(text: string, where: string, faults: ValueFaults): IoDone[] {
  let operation = '';
  return parseLines(text).flatMap((line) => {
    const [, data_type = '', number = ''] = /^\s*([^:]*?)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (number === '' && (data_type === 'read' || data_type === 'write')) {
      operation = data_type;
      return [];
    }
    if (line.trim() === '') return [];
    const place = `${where} ${operation} ${data_type}`;
    return (
      faults.attempt(place, () => {
        if (operation === '' || data_type === '') throw new Error(`${place}: expected a data type, got ${quote(line)}`);
        return [{ operation, data_type, bytes: parseUnsigned(number, place) }];
      }) ?? []
    );
  });
}

/** Parses the section `IO errors since filesystem creation` of `io_errors`. A malformed line is reported and omitted. */
export function parseIoErrors(text: string, where: string, faults: ValueFaults): [type: string, count: number][] {
  const lines = parseLines(text);
  const start = lines.findIndex((line) => line.startsWith('IO errors since filesystem creation'));
  if (start === -1) throw new Error(`${where}: expected a section since filesystem creation, got ${quote(text)}`);
  const counts: [string, number][] = [];
  for (const line of lines.slice(start + 1)) {
    if (line.startsWith('IO errors since ')) break;
    const [, type = '', count] = /^\s*([^:]*?)\s*:\s*(\S*)\s*$/.exec(line) ?? [];
    if (line.trim() === '') continue;
    const value = faults.attempt(`${where} ${type}`, () => parseUnsigned(count, `${where} ${type}`));
    if (value !== undefined) counts.push([type, value]);
  }
  return counts;
}

/**
 * Reads and parses the text files of procfs and sysfs.
 *
 * Parsing is strict: a malformed number or row throws an error. The collectors report the error (value-faults.ts) and omit the
 * value; a damaged file never produces a wrong value.
 */
import { closeSync, existsSync, openSync, readFileSync, readSync, statfsSync } from 'node:fs';
import type { ValueFaults } from './value-faults.ts';

/** All readers share the open files, also across a reload. */
const files = createFileReader();

/**
 * Returns the text of a file. The read blocks: the kernel answers from memory, and a promise costs more than the read.
 * Throws Node's error, which names the path.
 */
export function readHostFile(path: string): string {
  return files.read(path);
}

/** Returns the text of a file, or undefined when the host does not have the file. Other errors propagate. */
export function tryReadHostFile(path: string): string | undefined {
  try {
    return files.tryRead(path);
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

/** Returns true for the errors of a path that does not exist: ENOENT, and ENOTDIR when the parent is not a folder. */
export function isMissing(thrown: unknown): boolean {
  if (!Error.isError(thrown)) return false;
  const { code } = thrown as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Returns the line of a one-line file. */
export function readHostLine(path: string): string {
  return parseLine(readHostFile(path), path);
}

/** Returns the unsigned number of a one-line file. */
export function readHostNumber(path: string): number {
  return parseUnsigned(readHostLine(path), path);
}

const digits = /^[0-9]{1,20}$/;
const signedDigits = /^-?[0-9]{1,19}$/;
const decimal = /^[0-9]{1,20}(\.[0-9]{1,20})?$/;
const maxUnsigned = '18446744073709551615';

/** Splits text into lines. The last line needs no LF. */
export function parseLines(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Returns the only line of a text, without trailing blanks. `where` names the file in errors. */
export function parseLine(text: string, where: string): string {
  const lines = parseLines(text);
  if (lines.length !== 1) throw new Error(`${where}: expected one line, got ${lines.length}`);
  return (lines[0] as string).trimEnd();
}

const blanks = /[ \t]+/;

/** Splits a line at runs of blanks. */
export function parseWords(line: string): string[] {
  const trimmed = line.trim();
  if (trimmed === '') return [];
  // Most lines have single blanks, and splitting by a string costs a tenth of splitting by a regular expression.
  return trimmed.includes('  ') || trimmed.includes('\t') ? trimmed.split(blanks) : trimmed.split(' ');
}

/** Parses an unsigned 64-bit decimal. Values above 2^53 become the nearest float64, as in Prometheus. `where` names the value in errors. */
export function parseUnsigned(text: string | undefined, where: string): number {
  if (text === undefined || !isUnsigned(text)) {
    throw new Error(`${where}: expected an unsigned integer, got ${quote(text)}`);
  }
  return Number(text);
}

function isUnsigned(text: string): boolean {
  return digits.test(text) && (text.length < 20 || text <= maxUnsigned);
}

/** Describes the values of a row. The texts of errors are built only on failure. */
export interface RowOptions {
  /** Names of the values. */
  readonly columns: readonly string[];
  /** Name of the row. */
  readonly where: string;
  readonly faults: ValueFaults;
}

/** Parses a row of unsigned numbers. A malformed value is reported and undefined. */
export function parseRow(words: readonly string[], { columns, where, faults }: RowOptions): (number | undefined)[] {
  const values: (number | undefined)[] = [];
  for (let column = 0; column < words.length; column++) {
    const word = words[column] as string;
    if (isUnsigned(word)) {
      values.push(Number(word));
    } else {
      const place = `${where} ${columns[column]}`;
      faults.report(place, new Error(`${place}: expected an unsigned integer, got ${quote(word)}`));
      values.push(undefined);
    }
  }
  return values;
}

/** Parses a signed decimal integer. */
export function parseSigned(text: string | undefined, where: string): number {
  if (text === undefined || !signedDigits.test(text)) {
    throw new Error(`${where}: expected an integer, got ${quote(text)}`);
  }
  return Number(text);
}

/** The kernel prints %08x: fewer than eight digits mean that the number was truncated. */
const hexDigits = /^[0-9a-f]{8,16}$/i;

/** Parses an unsigned 64-bit number of 8 to 16 hexadecimal digits without `0x`. Values above 2^53 become the nearest float64. */
export function parseHex(text: string | undefined, where: string): number {
  if (text === undefined || !hexDigits.test(text)) {
    throw new Error(`${where}: expected 8 or more hexadecimal digits, got ${quote(text)}`);
  }
  return Number(`0x${text}`);
}

/** Parses a decimal number without sign or exponent: `0.25`. */
export function parseDecimal(text: string | undefined, where: string): number {
  if (text === undefined || !decimal.test(text))
    throw new Error(`${where}: expected a decimal number, got ${quote(text)}`);
  return Number(text);
}

/**
 * Parses the kernel's list format, `0-3,7`. Returns no numbers for an empty list, and for `(null)`, which some kernels print for a list
 * that was never set. Source: Documentation/admin-guide/cputopology.rst
 */
export function parseNumberList(text: string, where: string): number[] {
  const list = parseLine(text, where).trim();
  if (list === '' || list === '(null)') return [];
  const numbers: number[] = [];
  for (const range of list.split(',')) {
    const [first, last = first, ...rest] = range.split('-');
    const from = parseUnsigned(first, where);
    const to = parseUnsigned(last, where);
    if (rest.length > 0 || to < from || to - from > 65_536)
      throw new Error(`${where}: expected a range, got ${quote(range)}`);
    for (let number = from; number <= to; number++) numbers.push(number);
  }
  return numbers;
}

/** Quotes a value for an error message, shortened to 80 characters. */
export function quote(text: string | undefined): string {
  if (text === undefined) return 'nothing';
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}

export interface FileReader {
  /** Returns a whole file as UTF-8. Throws Node's error, which names the path. */
  readonly read: (path: string) => string;
  /** Returns undefined for a file that does not exist. A file that did not exist is looked up first: an Error costs more. */
  readonly tryRead: (path: string) => string | undefined;
}

/** PROC_SUPER_MAGIC. A file that a container mounts over a file of procfs has another type. Source: statfs(2) */
const procfsType = 0x9fa0;
const processFile = /\/\d+\//;

/** Bounds the descriptors. Every scrape reads the same files; on most hosts fewer than 50 are of procfs. */
const maxDescriptors = 128;
/** Bounds the paths that are known to be of other file systems, and the paths that do not exist. */
const maxPaths = 1_000;

/**
 * Reads files of procfs through descriptors that stay open. The kernel produces the content at each read from offset 0, so that a
 * descriptor never returns an old reading, and one pread(2) replaces open, read and close: a third of the time.
 *
 * Files of other file systems are opened at each read, because a name there may lead to another file later. So are files of a process,
 * whose number may name another process later.
 */
export function createFileReader(): FileReader {
  const descriptors = new Map<string, number>();
  const otherPaths = new Set<string>();
  const absentPaths = new Set<string>();
  let buffer = Buffer.allocUnsafeSlow(32 * 1_024);

  function readOpen(descriptor: number): string {
    let length = 0;
    for (;;) {
      const count = readSync(descriptor, buffer, length, buffer.length - length, length);
      // A short read is not the end: the kernel returns whole records, at most a page of them.
      if (count === 0) return buffer.toString('utf8', 0, length);
      length += count;
      if (length === buffer.length) buffer = Buffer.concat([buffer], 2 * length);
    }
  }

  /** The kernel refuses reads of a file that was removed, such as one of an unloaded module; the path may lead to a new file. */
  function reopen(path: string, descriptor: number): string {
    descriptors.delete(path);
    closeSync(descriptor);
    return readFileSync(path, 'utf8');
  }

  function readFirst(path: string): string {
    const text = readFileSync(path, 'utf8');
    if (descriptors.size >= maxDescriptors || processFile.test(path)) return text;
    try {
      if (statfsSync(path).type === procfsType) descriptors.set(path, openSync(path, 'r'));
      else if (otherPaths.size < maxPaths) otherPaths.add(path);
    } catch {
      // The content is known: the file has disappeared since, or the process has no descriptor left. The next read tries again.
    }
    return text;
  }

  function read(path: string): string {
    const descriptor = descriptors.get(path);
    if (descriptor === undefined) return otherPaths.has(path) ? readFileSync(path, 'utf8') : readFirst(path);
    try {
      return readOpen(descriptor);
    } catch {
      return reopen(path, descriptor);
    }
  }

  function tryRead(path: string): string | undefined {
    if (absentPaths.size > 0 && absentPaths.has(path)) {
      if (!existsSync(path)) return undefined;
      absentPaths.delete(path);
    }
    try {
      return read(path);
    } catch (thrown) {
      if (!Error.isError(thrown) || (thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
      if (absentPaths.size < maxPaths) absentPaths.add(path);
      return undefined;
    }
  }

  return { read, tryRead };
}

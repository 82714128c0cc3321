/**
 * The kernel's text tables, read strictly: a line that is cut short or a number that is not one is an error,
 * so that damage loses a collector's series and never becomes a value.
 */

const digits = /^[0-9]{1,20}$/;
const signedDigits = /^-?[0-9]{1,19}$/;
const decimal = /^[0-9]{1,20}(\.[0-9]{1,20})?$/;
const maxUnsigned = '18446744073709551615';

/** Lines without their LF. Every line of procfs ends in LF: text that does not was cut short. */
export function parseLines(text: string): string[] {
  if (text === '') return [];
  if (!text.endsWith('\n'))
    throw new Error(`text ends within a line: ${quote(text.slice(text.lastIndexOf('\n') + 1))}`);
  const lines = text.split('\n');
  lines.pop();
  return lines;
}

/** The one line of a one-line file, without its LF and the blank that some files put before it. */
export function parseLine(text: string, where: string): string {
  const lines = parseLines(text);
  if (lines.length !== 1) throw new Error(`${where}: expected one line, got ${lines.length}`);
  return (lines[0] as string).trimEnd();
}

const blanks = /[ \t]+/;

/** The words of a line, as separated by runs of blanks. */
export function parseWords(line: string): string[] {
  const trimmed = line.trim();
  if (trimmed === '') return [];
  // Most lines have single blanks, and splitting by a text costs a tenth of splitting by an expression.
  return trimmed.includes('  ') || trimmed.includes('\t') ? trimmed.split(blanks) : trimmed.split(' ');
}

/** An unsigned 64-bit decimal; beyond 2^53 the nearest float64, as Prometheus stores it. `where` names the value in the error. */
export function parseUnsigned(text: string | undefined, where: string): number {
  if (text === undefined || !isUnsigned(text)) {
    throw new Error(`${where}: expected an unsigned integer, got ${quote(text)}`);
  }
  return Number(text);
}

function isUnsigned(text: string): boolean {
  return digits.test(text) && (text.length < 20 || text <= maxUnsigned);
}

/** Unsigned numbers in columns; `where` names the line, `columns` the value, and both only once something is wrong. */
export function parseColumns(words: readonly string[], columns: readonly string[], where: string): number[] {
  const values: number[] = [];
  for (let column = 0; column < words.length; column++) {
    const word = words[column] as string;
    if (!isUnsigned(word))
      throw new Error(`${where} ${columns[column]}: expected an unsigned integer, got ${quote(word)}`);
    values.push(Number(word));
  }
  return values;
}

/** A signed decimal integer. */
export function parseSigned(text: string | undefined, where: string): number {
  if (text === undefined || !signedDigits.test(text)) {
    throw new Error(`${where}: expected an integer, got ${quote(text)}`);
  }
  return Number(text);
}

/** The kernel's %08x: no fewer than eight, so that a number that lost its head is seen. */
const hexDigits = /^[0-9a-f]{8,16}$/i;

/** An unsigned 64-bit number in 8 to 16 hexadecimal digits without `0x`; beyond 2^53 the nearest float64. */
export function parseHex(text: string | undefined, where: string): number {
  if (text === undefined || !hexDigits.test(text)) {
    throw new Error(`${where}: expected 8 or more hexadecimal digits, got ${quote(text)}`);
  }
  return Number(`0x${text}`);
}

/** A decimal number without sign or exponent: `0.25`. */
export function parseDecimal(text: string | undefined, where: string): number {
  if (text === undefined || !decimal.test(text))
    throw new Error(`${where}: expected a decimal number, got ${quote(text)}`);
  return Number(text);
}

/** The numbers of a file in the kernel's list format, `0-3,7`; an empty list is legal. Source: Documentation/admin-guide/cputopology.rst */
export function parseNumberList(text: string, where: string): number[] {
  const list = parseLine(text, where);
  if (list === '') return [];
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

/** What was got, fit for an error: quoted, and no longer than a line of a terminal. */
export function quote(text: string | undefined): string {
  if (text === undefined) return 'nothing';
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}

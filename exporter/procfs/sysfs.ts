/** Reads attributes of sysfs: small files whose content a driver produces on each read, or refuses with an error. */
import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { isMissing, parseLine, parseSigned, parseUnsigned, tryReadHostFile } from './host-file.ts';
import type { ValueFaults } from './value-faults.ts';

/**
 * Errors of attributes that have no value by design: the attribute does not exist, only root may read it, or the driver has
 * no value in the current state, such as the speed of a network device that is down or the temperature of a disabled zone. ESRCH: the
 * process of the file ended after the file was opened.
 */
const absentCodes = new Set([
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'EINVAL',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENODATA',
  'ENODEV',
  'ENXIO',
  'ESRCH',
]);

/** Returns true for an error that means "no value"; all other errors are faults. */
export function isAbsent(thrown: unknown): boolean {
  return Error.isError(thrown) && absentCodes.has((thrown as NodeJS.ErrnoException).code ?? '');
}

/** Returns the result of `read`, or undefined when `read` throws an error that means "no value". Other errors propagate. */
export function unlessAbsent<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined;
    throw thrown;
  }
}

/** Bytes in a sector, the kernel's unit for sizes and transfers of block devices, whose logical blocks may be larger. Source: ABI/stable/sysfs-block */
export const sectorBytes = 512;

/** Reads attributes. Returns undefined for an absent value, and for a value that cannot be read or parsed, which is also reported. */
export interface AttributeReader {
  /** Returns the content of the file. */
  text(path: string): string | undefined;
  /** Returns a decimal integer. */
  integer(path: string): number | undefined;
  /** Returns a decimal integer. A negative integer is a fault. */
  unsigned(path: string): number | undefined;
  /** Returns the trimmed line of the file; an empty file is an empty text. Invalid UTF-8 becomes U+FFFD. */
  line(path: string): string | undefined;
  /** Returns the path that a link leads to. */
  target(path: string): string | undefined;
  /** Returns the entries of a device's folder sorted by name. */
  folder(path: string): Dirent[] | undefined;
  /** Returns the entries of a device's folder, as `listNumbered` does. Returns no entries when the folder cannot be read. */
  numbered(path: string, pattern: RegExp): NumberedEntry[];
  /** Parses a content. Reports the error when `parse` throws. */
  parsed<Value>(path: string, parse: (text: string, where: string) => Value): Value | undefined;
}

export function createAttributeReader(faults: ValueFaults): AttributeReader {
  function attempt<Value>(path: string, read: (path: string) => Value): Value | undefined {
    try {
      return read(path);
    } catch (thrown) {
      if (!isAbsent(thrown)) faults.report(path, thrown);
      return undefined;
    }
  }

  const text = (path: string) => attempt(path, tryReadHostFile);
  const folder = (path: string) => attempt(path, listFolder);

  function parsed<Value>(path: string, parse: (content: string, where: string) => Value): Value | undefined {
    const content = text(path);
    return content === undefined ? undefined : faults.attempt(path, () => parse(content, path));
  }

  return {
    text,
    target: (path) => attempt(path, (link) => realpathSync(link)),
    folder,
    numbered: (path, pattern) => pickNumbered(folder(path) ?? [], pattern),
    parsed,
    integer: (path) => parsed(path, parseIntegerLine),
    unsigned: (path) => parsed(path, parseUnsignedLine),
    line: (path) => parsed(path, parseTextLine),
  };
}

/** Parses the content of an attribute with one integer. */
export function parseIntegerLine(text: string, where: string): number {
  return parseSigned(parseLine(text, where), where);
}

/** Parses the content of an attribute with one unsigned integer. */
export function parseUnsignedLine(text: string, where: string): number {
  return parseUnsigned(parseLine(text, where), where);
}

/** Returns the trimmed line of a content, or an empty text for an empty content. */
export function parseTextLine(text: string, where: string): string {
  return text === '' ? '' : validText(parseLine(text, where));
}

/** Trims text of firmware and drivers and replaces each run of invalid bytes by one U+FFFD, as node_exporter does. */
export function validText(text: string): string {
  return text.trim().replaceAll(/\uFFFD+/g, '\uFFFD');
}

/**
 * Returns the entries of a folder sorted by name, or undefined when the folder does not exist. Most hosts lack most kinds of
 * hardware, and a stat(2) that throws nothing costs less than a readdir(3) that throws an Error.
 */
export function listFolder(path: string): Dirent[] | undefined {
  try {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    return readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

/** Returns the entries whose names match, sorted by the number in the pattern's first group, then by name. */
export function listNumbered(path: string, pattern: RegExp): NumberedEntry[] {
  return pickNumbered(listFolder(path) ?? [], pattern);
}

/** An entry of a folder, and the number in its name. */
export interface NumberedEntry {
  readonly name: string;
  readonly number: string;
}

function pickNumbered(entries: readonly Dirent[], pattern: RegExp): NumberedEntry[] {
  const found: NumberedEntry[] = [];
  for (const { name } of entries) {
    const number = pattern.exec(name)?.[1];
    if (number !== undefined) found.push({ name, number });
  }
  return found.sort((a, b) => Number(a.number) - Number(b.number));
}

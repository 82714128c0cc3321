/** Reads attributes of sysfs: small files whose content a driver produces on each read, or refuses with an error. */
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { isMissing, parseLine, parseSigned } from './host-file.ts';

/**
 * Errors of drivers for an attribute that does not exist or has no value at the moment: EINVAL for the speed of a network
 * device that is down, ENODATA for a disabled thermal zone, EREMOTEIO for a sensor that left the bus. Other errors, such as
 * too many open files, are faults of this process.
 */
const unavailableCodes = new Set([
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
  'EIO',
  'EREMOTEIO',
  'EAGAIN',
  'EBUSY',
  'ETIMEDOUT',
  'EPROTO',
]);

/** Returns true for an error of a driver that cannot provide the attribute. */
export function isUnavailable(thrown: unknown): boolean {
  return Error.isError(thrown) && unavailableCodes.has((thrown as NodeJS.ErrnoException).code ?? '');
}

/** Returns the text of an attribute, or undefined when the attribute is unavailable. */
export function tryReadAttribute(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if (isUnavailable(thrown)) return undefined;
    throw thrown;
  }
}

/** Returns a decimal integer, or undefined when the attribute is unavailable. Throws when the text is not an integer. */
export function tryReadInteger(path: string): number | undefined {
  const text = tryReadAttribute(path);
  return text === undefined ? undefined : parseSigned(parseLine(text, path), path);
}

/** Returns a trimmed line, or undefined when the attribute is unavailable. Throws when the line was truncated. */
export function tryReadLine(path: string): string | undefined {
  const text = tryReadAttribute(path);
  return text === undefined ? undefined : validText(parseLine(text, path));
}

/** Like {@link tryReadLine}, but allows an empty file: a device without an alias. */
export function tryReadOptionalLine(path: string): string | undefined {
  const text = tryReadAttribute(path);
  return text === undefined || text === '' ? text : validText(parseLine(text, path));
}

/** Trims text of firmware and drivers and replaces each run of invalid bytes by one U+FFFD, as node_exporter does. */
export function validText(text: string): string {
  return text.trim().replaceAll(/\uFFFD+/g, '\uFFFD');
}

/** Returns the entries of a folder sorted by name, or undefined when the folder does not exist. */
export function listFolder(path: string): Dirent[] | undefined {
  try {
    return readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

/** Returns the entries whose names match, sorted by the number in the pattern's first group, then by name. */
export function listNumbered(path: string, pattern: RegExp): { readonly name: string; readonly number: string }[] {
  const found: { name: string; number: string }[] = [];
  for (const { name } of listFolder(path) ?? []) {
    const number = pattern.exec(name)?.[1];
    if (number !== undefined) found.push({ name, number });
  }
  return found.sort((a, b) => Number(a.number) - Number(b.number));
}

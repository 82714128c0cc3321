/** Attributes in sysfs: small files that a driver fills when they are read, and may refuse to. */
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { isMissing } from './host-file.ts';
import { parseLine, parseSigned } from './parse.ts';

/**
 * What drivers answer for an attribute that they do not have, or cannot tell at the moment: EINVAL for the speed of a
 * network device that is down, ENODATA for a thermal zone that is off, EREMOTEIO for a sensor that left the bus.
 * All else (too many open files, no memory) is a fault of ours.
 */
const untold = new Set([
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

/** True when an attribute could not be read because the device does not tell it. */
export function isUntold(thrown: unknown): boolean {
  return Error.isError(thrown) && untold.has((thrown as NodeJS.ErrnoException).code ?? '');
}

/** The attribute's text, or undefined when the device does not tell it. */
export function tryReadAttribute(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if (isUntold(thrown)) return undefined;
    throw thrown;
  }
}

/** A decimal integer; undefined when the device does not tell it. Throws when it is there and no number. */
export function tryReadInteger(path: string): number | undefined {
  const text = tryReadAttribute(path);
  return text === undefined ? undefined : parseSigned(parseLine(text, path), path);
}

/** A line of text without blanks around it; undefined when the device does not tell it. Throws when it was cut short. */
export function tryReadLine(path: string): string | undefined {
  const text = tryReadAttribute(path);
  return text === undefined ? undefined : validText(parseLine(text, path));
}

/** As {@link tryReadLine}, for the few attributes that may be without a line at all: a device's alias. */
export function tryReadLineOrNone(path: string): string | undefined {
  const text = tryReadAttribute(path);
  return text === undefined || text === '' ? text : validText(parseLine(text, path));
}

/** As node_exporter shows what firmware and drivers say: without blanks around it, each run of broken bytes one U+FFFD. */
export function validText(text: string): string {
  return text.trim().replaceAll(/\uFFFD+/g, '\uFFFD');
}

/** A folder's entries by name's order; undefined where there is no such folder. */
export function listFolder(path: string): Dirent[] | undefined {
  try {
    return readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

/** The names in a folder that match, in the order of the number that the pattern's first group finds, then of the name. */
export function listNumbered(path: string, pattern: RegExp): { readonly name: string; readonly number: string }[] {
  const found: { name: string; number: string }[] = [];
  for (const { name } of listFolder(path) ?? []) {
    const number = pattern.exec(name)?.[1];
    if (number !== undefined) found.push({ name, number });
  }
  return found.sort((a, b) => Number(a.number) - Number(b.number));
}

/** Reads a file of procfs or sysfs whole, in one blocking call: the kernel answers from memory, and a promise costs more than the read. */
import { readFileSync } from 'node:fs';

/** The file's text; throws Node's own error, which names the path. */
export function readHostFile(path: string): string {
  return readFileSync(path, 'utf8');
}

/** The file's text, or undefined where there is no such file; throws when it is there and cannot be read. */
export function tryReadHostFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

/** True for the errors that mean "the host does not have this": no such file, or a parent that is no folder. */
export function isMissing(thrown: unknown): boolean {
  if (!Error.isError(thrown)) return false;
  const { code } = thrown as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

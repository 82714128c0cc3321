/**
 * Reads files of procfs through descriptors that stay open. The kernel produces the content at each read from offset 0, so that
 * a descriptor never returns an old reading, and one pread(2) replaces open, read and close: a third of the time.
 *
 * Files of other file systems are opened at each read: a name there may lead to another file later. So are files of a process, whose
 * number may name another process later.
 */
import { closeSync, existsSync, openSync, readFileSync, readSync, statfsSync } from 'node:fs';

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

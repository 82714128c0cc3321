/** Space and inodes of one file system, as statfs(2) tells, and the faults it may answer instead. */
import { statfsSync } from 'node:fs';
import { parseUnsigned, parseWords, quote } from '../../procfs/parse.ts';

export interface FilesystemUsage {
  readonly sizeBytes: number;
  /** Free for root, and for everybody else. */
  readonly freeBytes: number;
  readonly availBytes: number;
  /** Inodes; 0 for file systems that have no fixed number. */
  readonly files: number;
  readonly filesFree: number;
}

/** What asking a mount came to: its usage, or the system's words for why not. */
export type UsageReading = { readonly usage: FilesystemUsage } | { readonly fault: string };

/** Asks in this thread: only for file systems that answer from memory. */
export function readLocalUsage(path: string): UsageReading {
  try {
    const stats: ReturnType<typeof statfsSync> & { readonly frsize?: number } = statfsSync(path);
    // Blocks are counted in fragments; where the two sizes differ (FUSE), node_exporter multiplies by the wrong one.
    const blockBytes = stats.frsize ?? stats.bsize;
    return {
      usage: {
        sizeBytes: stats.blocks * blockBytes,
        freeBytes: stats.bfree * blockBytes,
        availBytes: stats.bavail * blockBytes,
        files: stats.files,
        filesFree: stats.ffree,
      },
    };
  } catch (thrown) {
    return { fault: faultOf(thrown) };
  }
}

/** The arguments with which `stat` (GNU or BusyBox) tells what {@link parseStatOutput} reads. */
export function statArguments(path: string): string[] {
  return ['-f', '-c', '%S %b %f %a %c %d', '--', path];
}

export function parseStatOutput(text: string): FilesystemUsage {
  const words = parseWords(text);
  if (words.length !== 6 || !text.endsWith('\n')) throw new Error(`stat -f: expected 6 numbers, got ${quote(text)}`);
  const [blockBytes, blocks, free, avail, files, filesFree] = words.map((word) => parseUnsigned(word, 'stat -f')) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    sizeBytes: blocks * blockBytes,
    freeBytes: free * blockBytes,
    availBytes: avail * blockBytes,
    files,
    filesFree,
  };
}

/** The system's words at the end of `stat: cannot read file system information for '/x': Stale file handle`. */
export function parseStatFault(text: string): string {
  const line = text.trim().split('\n')[0] ?? '';
  const words = line.slice(line.lastIndexOf(': ') + 2);
  return words === '' ? 'stat failed' : words.charAt(0).toLowerCase() + words.slice(1);
}

/** The words that Go, and so node_exporter's label `device_error`, has for the likely error numbers. */
const words: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EIO: 'input/output error',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'file name too long',
  ENODEV: 'no such device',
  ENOENT: 'no such file or directory',
  ENOSYS: 'function not implemented',
  ENOTCONN: 'transport endpoint is not connected',
  ENOTDIR: 'not a directory',
  EPERM: 'operation not permitted',
  ESTALE: 'stale NFS file handle',
};

function faultOf(thrown: unknown): string {
  const code = Error.isError(thrown) ? (thrown as NodeJS.ErrnoException).code : undefined;
  if (code === undefined) throw thrown;
  return words[code] ?? code;
}

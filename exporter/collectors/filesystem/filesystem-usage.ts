/** Reads space and inodes of a file system with statfs(2), or the error that statfs returns. */
import { type StatsFs, statfs } from 'node:fs';
import { parseUnsigned, parseWords, quote } from '../../procfs/host-file.ts';
import { isAscii, systemPath } from './host-path.ts';

export interface FilesystemUsage {
  readonly sizeBytes: number;
  /** Free for root; `availBytes` is free for other users. */
  readonly freeBytes: number;
  readonly availBytes: number;
  /** Inodes; 0 for file systems without a fixed number. */
  readonly files: number;
  readonly filesFree: number;
}

/** The usage of a mount, or the error text of the system. */
export type UsageReading = { readonly usage: FilesystemUsage } | { readonly fault: string };

/** Calls statfs in the thread pool. Never rejects. */
export function readLocalUsage(bytePath: string): Promise<UsageReading> {
  return new Promise((resolve) => {
    statfs(systemPath(bytePath), (error, stats) => {
      resolve(error === null ? { usage: usageOf(stats) } : { fault: faultOf(error) });
    });
  });
}

function usageOf(stats: StatsFs & { readonly frsize?: number }): FilesystemUsage {
  // Blocks are counted in fragments. Where the two sizes differ (FUSE), node_exporter multiplies by the wrong one.
  const blockBytes = stats.frsize ?? stats.bsize;
  return {
    sizeBytes: stats.blocks * blockBytes,
    freeBytes: stats.bfree * blockBytes,
    availBytes: stats.bavail * blockBytes,
    files: stats.files,
    filesFree: stats.ffree,
  };
}

export interface StatCommand {
  readonly command: string;
  readonly args: readonly string[];
}

const statFormat = '%S %b %f %a %c %d';

/** Returns the call of `stat` (GNU or BusyBox) that prints the format of {@link parseStatOutput}. `stat` replaces the program. */
export function statCommand(bytePath: string, stat = 'stat'): StatCommand {
  const options = ['-f', '-c', statFormat, '--'];
  if (isAscii(bytePath)) return { command: stat, args: [...options, bytePath] };
  // Arguments of a child are UTF-8: the shell makes the other bytes. The x keeps line feeds at the end.
  const escaped = Array.from(bytePath, (byte) => `\\0${byte.charCodeAt(0).toString(8).padStart(3, '0')}`).join('');
  const script = 'path=$(printf "%bx" "$1"); shift; exec "$@" "${path%x}"';
  return { command: 'sh', args: ['-c', script, 'sh', escaped, stat, ...options] };
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

/** Extracts the error text from `stat: cannot read file system information for '/x': Stale file handle`. */
export function parseStatFault(text: string): string {
  const line = text.trim().split('\n')[0] ?? '';
  const words = line.slice(line.lastIndexOf(': ') + 2);
  return words === '' ? 'stat failed' : words.charAt(0).toLowerCase() + words.slice(1);
}

/** Go's texts of the likely errors, which node_exporter has in the label `device_error`. */
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

/** Reads the use of single processes from /proc/<pid>. Source: proc_pid_stat(5), proc_pid_io(5), proc_pid_cmdline(5) */
import { readdirSync, readFileSync } from 'node:fs';
import { maxCommandLineLength } from '../../common/top/top-record.ts';
import { parseUnsigned, quote } from '../procfs/host-file.ts';

export interface ProcessCounts {
  readonly name: string;
  /** User and system time since the start of the process. */
  readonly cpuTicks: number;
  /** Ticks from the boot of the host to the start of the process, which distinguishes processes with the same number. */
  readonly startTicks: number;
  readonly residentPages: number;
}

/** The files of one process. Its paths are made once: making them costs as much as the read. */
export interface ProcessFolder {
  /** Returns the text for `parseProcessCounts`; undefined for a process that ended. */
  tryStat(): string | undefined;
  /** Returns bytes read from and written to disks since the start of the process; undefined when the file may not be read. */
  tryIoBytes(): number | undefined;
  /** Returns the arguments, joined by blanks; undefined for a thread of the kernel and a process that ended. */
  tryCommandLine(): string | undefined;
}

export interface ProcessFiles {
  /** Returns the numbers of all processes. */
  list(): number[];
  folder(pid: number): ProcessFolder;
}

/** Parses the text of /proc/<pid>/stat. Throws an Error for a text that is not the file's. */
export function parseProcessCounts(text: string, where: string): ProcessCounts {
  // A name may contain blanks and parentheses.
  const [begin, end] = [text.indexOf('('), text.lastIndexOf(')')];
  const words = begin < 0 ? [] : text.slice(end + 2).split(' ', 22);
  if (words.length < 22)
    throw new Error(`${where}: expected "pid (command) state" and its columns, got ${quote(text)}`);
  // The first word is column 3, the state.
  return {
    name: text.slice(begin + 1, end),
    cpuTicks: parseUnsigned(words[11], where) + parseUnsigned(words[12], where),
    startTicks: parseUnsigned(words[19], where),
    residentPages: parseUnsigned(words[21], where),
  };
}

/** Returns the bytes read and written of the text of /proc/<pid>/io. Throws an Error for a text that is not the file's. */
export function parseIoBytes(text: string, where: string): number {
  const value = (name: string) => parseUnsigned(new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1], `${where} ${name}`);
  return value('read_bytes') + value('write_bytes');
}

export function createProcessFiles(procfs: string): ProcessFiles {
  return {
    list: () => readdirSync(procfs).filter(isNumber).map(Number),
    folder(pid) {
      const [stat, io, commandLine] = [`${procfs}/${pid}/stat`, `${procfs}/${pid}/io`, `${procfs}/${pid}/cmdline`];
      return {
        tryStat: () => tryText(stat),
        tryIoBytes() {
          const text = tryText(io);
          return text === undefined ? undefined : parseIoBytes(text, io);
        },
        tryCommandLine() {
          const text = tryText(commandLine);
          return text === undefined ? undefined : parseCommandLine(text);
        },
      };
    },
  };
}

/** Returns undefined for an empty file: the process ended after the file was opened. */
function tryText(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    return text === '' ? undefined : text;
  } catch (thrown) {
    if (isGoneOrDenied(thrown)) return undefined;
    throw thrown;
  }
}

/** Returns the arguments joined by blanks, without control characters, cut to the length that a record keeps. */
export function parseCommandLine(text: string): string {
  return text
    .slice(0, 4 * maxCommandLineLength)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, maxCommandLineLength)
    .toWellFormed();
}

function isNumber(name: string): boolean {
  const first = name.charCodeAt(0);
  return first >= 48 && first <= 57;
}

/** ESRCH: the process ended between the opening and the reading of the file. */
const expectedCodes: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM']);

function isGoneOrDenied(thrown: unknown): boolean {
  return Error.isError(thrown) && expectedCodes.has((thrown as NodeJS.ErrnoException).code);
}

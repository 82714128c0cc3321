/** Parses /proc/<pid>/stat. Source: proc_pid_stat(5) */
import { parseLine, parseSigned, parseUnsigned, quote } from './host-file.ts';

/** Ticks per second of the times in /proc: USER_HZ, 100 on all systems that Node supports. */
export const ticksPerSecond = 100;

export interface ProcessStat {
  readonly command: string;
  /** The kernel's letter for the state: `R`, `S`, `D`. */
  readonly state: string;
  readonly parent: number;
  readonly minorFaults: number;
  readonly majorFaults: number;
  readonly userTicks: number;
  readonly systemTicks: number;
  readonly threads: number;
  /** Ticks after the boot of the host. */
  readonly startTicks: number;
  readonly virtualBytes: number;
  readonly residentPages: number;
}

/**
 * Splits the line into the command's name and the columns after the name: the state is the first column, which is column 3 of the file. Throws
 * an Error for a text that is not a whole line of the file.
 */
export function splitProcessStat(text: string, where: string): { command: string; state: string; words: string[] } {
  // A command's name may contain blanks, parentheses and line feeds.
  const [begin, end] = [text.indexOf('('), text.lastIndexOf(')')];
  const words = end < 0 ? [] : parseLine(text.slice(end + 2), where).split(' ');
  const [state] = words;
  if (begin < 0 || state === undefined || !/^[A-Za-z]$/.test(state) || words.length < 40 || words.includes(''))
    throw new Error(`${where}: expected "pid (command) state" and its columns, got ${quote(text)}`);
  return { command: text.slice(begin + 1, end), state, words };
}

/** Throws an Error for a text that is not a whole line of the file, and for a column that is not a number. */
export function parseProcessStat(text: string, where: string): ProcessStat {
  const { command, state, words } = splitProcessStat(text, where);
  const value = (column: number, name: string) => parseUnsigned(words[column - 3], `${where} ${name}`);
  return {
    command,
    state,
    parent: parseSigned(words[1], `${where} ppid`),
    minorFaults: value(10, 'minflt'),
    majorFaults: value(12, 'majflt'),
    userTicks: value(14, 'utime'),
    systemTicks: value(15, 'stime'),
    threads: value(20, 'num_threads'),
    startTicks: value(22, 'starttime'),
    virtualBytes: value(23, 'vsize'),
    residentPages: value(24, 'rss'),
  };
}

/** Returns the start of a process in whole seconds since 1970. `startTicks` count from the boot. */
export function startSeconds(bootSeconds: number, startTicks: number): number {
  return Math.floor(bootSeconds + startTicks / ticksPerSecond);
}

/** Parses the boot time, in seconds since 1970, from /proc/stat. */
export function parseBootSeconds(text: string, where: string): number {
  return parseUnsigned(/^btime (.*)$/m.exec(text)?.[1], `${where} btime`);
}

/** Reads the CPU time and the memory of a process from /proc. Linux only. */
import { readFileSync } from 'node:fs';

export interface ProcessCost {
  /** User and system time of all threads. */
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  /** Resident memory without mapped files. */
  readonly anonymousBytes: number;
  /** Proportional set size: each page that several processes share counts in equal parts. */
  readonly pssBytes: number;
}

/** USER_HZ. The kernel scales utime and stime to the exact run time before it rounds them to ticks. */
const ticksPerSecond = 100;

export function readProcessCost(pid: number): ProcessCost {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    rssBytes: kilobytes(status, 'VmRSS') * 1_024,
    anonymousBytes: kilobytes(status, 'RssAnon') * 1_024,
    pssBytes: kilobytes(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), 'Pss') * 1_024,
  };
}

function kilobytes(status: string, name: string): number {
  const [, digits] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
  if (digits === undefined) throw new Error(`/proc/<pid> has no ${name}`);
  return Number(digits);
}

/** What a process has cost so far, as the kernel counts it. Linux. */
import { readFileSync } from 'node:fs';

export interface ProcessCost {
  /** User and system time of all its threads. */
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  /** The part of it that is the process's own, not files mapped and shared. */
  readonly anonymousBytes: number;
}

/** USER_HZ. The kernel scales utime and stime to the exact run time and only then rounds them to ticks. */
const ticksPerSecond = 100;

export function readProcessCost(pid: number): ProcessCost {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    rssBytes: kilobytes(status, 'VmRSS') * 1_024,
    anonymousBytes: kilobytes(status, 'RssAnon') * 1_024,
  };
}

function kilobytes(status: string, name: string): number {
  const [, digits] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
  if (digits === undefined) throw new Error(`/proc/<pid>/status has no ${name}`);
  return Number(digits);
}

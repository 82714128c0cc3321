/** Exposes the time that each CPU ran tasks and that tasks waited for the CPU, from /proc/schedstat. Source: https://docs.kernel.org/scheduler/sched-stats.html */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { memoize } from '../collector/memoize.ts';
import { counter } from '../exposition/family.ts';
import { parseLines, parseUnsigned, quote, tryReadHostFile } from '../procfs/host-file.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

export interface CpuSchedule {
  readonly cpu: string;
  readonly runningSeconds: number;
  readonly waitingSeconds: number;
  readonly timeslices: number;
}

const metrics = [
  ['running_seconds_total', 'Number of seconds CPU spent running a process.', 'runningSeconds'],
  ['timeslices_total', 'Number of timeslices executed by CPU.', 'timeslices'],
  ['waiting_seconds_total', 'Number of seconds spent by processing waiting for this CPU.', 'waitingSeconds'],
] as const;

export const schedstat: Collector = {
  name: 'schedstat',
  defaultEnabled: true,
  help: 'Exposes the time that each CPU ran tasks and that tasks waited for the CPU, from /proc/schedstat.',
  docs: {
    source: '/proc/schedstat',
    differences: [
      {
        upstream: 'ignores malformed lines',
        here: 'omits, logs and counts malformed lines',
        reason: 'a missing CPU looks like an idle CPU',
      },
    ],
  },
  flags: [],
  create({ paths, faults }) {
    const path = join(paths.procfs, 'schedstat');
    const labelsOf = memoize((cpu) => ({ cpu }));
    return () => {
      const text = tryReadHostFile(path);
      // A kernel without CONFIG_SCHEDSTATS has no such file.
      if (text === undefined) return [];
      const cpus = parseSchedstat(text, faults);
      return metrics.map(([name, help, field]) => {
        const samples = cpus.map((each) => ({ labels: labelsOf(each.cpu), value: each[field] }));
        return counter(`node_schedstat_${name}`, help, samples);
      });
    };
  },
};

/** A CPU's line has nine numbers; the last three are nanoseconds running, nanoseconds waiting and timeslices. */
const cpuLine = /^cpu(\d{1,6})((?: \d{1,20}){9})$/;
const otherLine = /^(?:version|timestamp|domain)/;

export function parseSchedstat(text: string, faults: ValueFaults): CpuSchedule[] {
  const cpus: CpuSchedule[] = [];
  for (const line of parseLines(text)) {
    if (otherLine.test(line)) continue;
    const [, cpu, numbers] = cpuLine.exec(line) ?? [];
    if (cpu === undefined || numbers === undefined) {
      faults.report(
        `schedstat ${line.split(' ', 1)[0]}`,
        new Error(`schedstat: expected a cpu and 9 numbers, got ${quote(line)}`),
      );
      continue;
    }
    const [running, waiting, timeslices] = numbers.split(' ').slice(7);
    cpus.push({
      cpu,
      runningSeconds: parseUnsigned(running, `schedstat cpu${cpu}`) / 1e9,
      waitingSeconds: parseUnsigned(waiting, `schedstat cpu${cpu}`) / 1e9,
      timeslices: parseUnsigned(timeslices, `schedstat cpu${cpu}`),
    });
  }
  if (cpus.length === 0) throw new Error('schedstat: expected a line for each cpu, got none');
  return cpus;
}

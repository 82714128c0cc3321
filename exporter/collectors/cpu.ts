/** CPU seconds by mode from /proc/stat, and what sysfs says of throttling, isolation and CPUs online. */
import { join } from 'node:path';
import type { Collector, CollectorRead } from '../collector/collector.ts';
import { remembered } from '../collector/memoize.ts';
import type { Family, Labels, Sample } from '../exposition/family.ts';
import { readHostFile } from '../procfs/host-file.ts';
import { parseColumns, parseLines, parseUnsigned, parseWords } from '../procfs/parse.ts';
import { cpuInfoFlags, createCpuInfoReader } from './cpu/cpu-info.ts';
import { createTopologyReader } from './cpu/cpu-topology.ts';

/** The columns of a `cpu` line. Source: https://docs.kernel.org/filesystems/proc.html#miscellaneous-kernel-statistics-in-proc-stat */
const columns = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal', 'guest', 'guest_nice'] as const;
const idle = columns.indexOf('idle');
const guest = columns.indexOf('guest');
const guestNice = columns.indexOf('guest_nice');
/** `guest` and `guest_nice` are counted in `user` and `nice` already, so they are a family of their own. */
const modes = ['idle', 'iowait', 'irq', 'nice', 'softirq', 'steal', 'system', 'user'] as const;
const modeColumns = modes.map((mode) => columns.indexOf(mode));

/** USER_HZ: what the kernel tells user space, on every architecture that Node runs on. */
const ticksPerSecond = 100;
/** A fall of idle time by this much is a CPU that was replaced; a smaller one is the kernel's own jitter. */
const resetSeconds = 3;

/** Seconds a column by CPU number. */
export type CpuTimes = Map<string, readonly number[]>;

export const cpu: Collector = {
  name: 'cpu',
  defaultEnabled: true,
  help: 'CPU seconds by mode, throttling, isolation and CPUs online.',
  flags: [
    { name: 'guest', help: 'Enables metric node_cpu_guest_seconds_total', isSwitch: true, default: 'true' },
    ...cpuInfoFlags,
  ],
  create({ paths, flags }): CollectorRead {
    const path = join(paths.procfs, 'stat');
    const readTopology = createTopologyReader(paths.sysfs);
    const readInfo = createCpuInfoReader(join(paths.procfs, 'cpuinfo'), flags);
    const hasGuest = flags['guest'] === 'true';
    const labelsOf = remembered(makeLabels);
    let last: CpuTimes = new Map();
    return () => {
      const times = parseCpuTimes(readHostFile(path));
      // A CPU that went offline is gone from the file, from the answer and from memory: back online it starts anew.
      last = new Map([...times].map(([number, now]) => [number, advance(last.get(number), now)]));
      const guests = hasGuest ? [guestFamily(last, labelsOf)] : [];
      return [...readInfo(), ...guests, secondsFamily(last, labelsOf), ...readTopology([...times.keys()])];
    };
  },
};

/** Seconds since boot a CPU, from the `cpuN` lines of /proc/stat; the sum over all CPUs is left out. */
export function parseCpuTimes(text: string): CpuTimes {
  const times: CpuTimes = new Map();
  for (const line of parseLines(text)) {
    if (!line.startsWith('cpu')) continue;
    const [name = '', ...words] = parseWords(line);
    if (name === 'cpu') continue;
    const number = String(parseUnsigned(name.slice(3), 'stat cpu number'));
    // The last two columns are younger than the rest (2.6.24 and 2.6.33); columns to come are not ours.
    if (words.length < guest) throw new Error(`stat ${name}: expected ${columns.length} values, got ${words.length}`);
    const ticks = parseColumns(words.slice(0, columns.length), columns, `stat ${name}`);
    times.set(
      number,
      ticks.map((count) => count / ticksPerSecond),
    );
  }
  if (times.size === 0) throw new Error('stat: expected a line for each cpu, got none');
  return times;
}

/**
 * The counters to show, given those shown before: a counter that fell keeps its value, all start anew when idle fell far.
 * Hotplug and a virtual machine's migration reset them; iowait may fall at any time: https://docs.kernel.org/filesystems/proc.html
 */
export function advance(before: readonly number[] | undefined, now: readonly number[]): readonly number[] {
  if (before === undefined || (before[idle] ?? 0) - (now[idle] ?? 0) >= resetSeconds) return now;
  return now.map((value, column) => Math.max(value, before[column] ?? 0));
}

/** The labels of one CPU's samples, made once. */
interface CpuLabels {
  /** In the order of {@link modes}. */
  readonly modes: readonly Labels[];
  readonly guestNice: Labels;
  readonly guestUser: Labels;
}

function makeLabels(cpu: string): CpuLabels {
  return {
    modes: modes.map((mode) => ({ cpu, mode })),
    guestNice: { cpu, mode: 'nice' },
    guestUser: { cpu, mode: 'user' },
  };
}

type LabelsOf = (cpu: string) => CpuLabels;

function secondsFamily(times: CpuTimes, labelsOf: LabelsOf): Family {
  const samples: Sample[] = [];
  for (const [cpu, values] of times) {
    const labels = labelsOf(cpu).modes;
    for (let index = 0; index < modeColumns.length; index++) {
      samples.push({ labels: labels[index] as Labels, value: values[modeColumns[index] as number] as number });
    }
  }
  return { name: 'node_cpu_seconds_total', help: 'Seconds the CPUs spent in each mode.', type: 'counter', samples };
}

function guestFamily(times: CpuTimes, labelsOf: LabelsOf): Family {
  const samples: Sample[] = [];
  const add = (labels: Labels, value: number | undefined) => {
    if (value !== undefined) samples.push({ labels, value });
  };
  for (const [cpu, values] of times) {
    add(labelsOf(cpu).guestNice, values[guestNice]);
    add(labelsOf(cpu).guestUser, values[guest]);
  }
  const help = 'Seconds the CPUs spent in guests (VMs) for each mode.';
  return { name: 'node_cpu_guest_seconds_total', help, type: 'counter', samples };
}

/** Exposes CPU time by mode from /proc/stat, and throttle counts, isolated CPUs and online CPUs from /sys/devices/system/cpu. */
import { join } from 'node:path';
import type { Collector, CollectorRead } from '../collector/collector.ts';
import { memoize } from '../collector/memoize.ts';
import { counter, type Family, type Labels, type Sample } from '../exposition/family.ts';
import { parseLines, parseRow, parseUnsigned, parseWords, readHostFile } from '../procfs/host-file.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';
import { cpuInfoFlags, createCpuInfoReader } from './cpu/cpu-info.ts';
import { createTopologyReader } from './cpu/cpu-topology.ts';

/** The columns of a `cpu` line. Source: https://docs.kernel.org/filesystems/proc.html#miscellaneous-kernel-statistics-in-proc-stat */
const columns = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal', 'guest', 'guest_nice'] as const;
const idle = columns.indexOf('idle');
const guest = columns.indexOf('guest');
const guestNice = columns.indexOf('guest_nice');
/** `user` and `nice` include `guest` and `guest_nice`, which therefore have a separate family. */
const modes = ['idle', 'iowait', 'irq', 'nice', 'softirq', 'steal', 'system', 'user'] as const;
const modeColumns = modes.map((mode) => columns.indexOf(mode));

/** USER_HZ, which is 100 on every architecture that Node supports. */
const ticksPerSecond = 100;
/** Minimum decrease of the idle time that counts as a counter reset of the CPU. Smaller decreases are jitter of the kernel. */
const resetSeconds = 3;

/** Seconds by column; undefined for a value that cannot be parsed. */
type Seconds = readonly (number | undefined)[];

/** Seconds by CPU number. */
export type CpuTimes = Map<string, Seconds>;

export const cpu: Collector = {
  name: 'cpu',
  defaultEnabled: true,
  help: 'Exposes CPU time by mode from /proc/stat, and throttle counts, isolated CPUs and online CPUs from /sys/devices/system/cpu.',
  docs: { source: '/proc/stat, /proc/cpuinfo, /sys/devices/system/cpu' },
  flags: [
    { name: 'guest', help: 'Enables metric node_cpu_guest_seconds_total', isSwitch: true, default: 'true' },
    ...cpuInfoFlags,
  ],
  create({ paths, flags, faults }): CollectorRead {
    const path = join(paths.procfs, 'stat');
    const readTopology = createTopologyReader(paths.sysfs, faults);
    const readInfo = createCpuInfoReader(join(paths.procfs, 'cpuinfo'), flags, faults);
    const hasGuest = flags['guest'] === 'true';
    const labelsOf = memoize(makeLabels);
    let last: CpuTimes = new Map();
    return () => {
      const times = parseCpuTimes(readHostFile(path), faults);
      // The file omits an offline CPU, and so does `last`: a CPU that comes back online starts from its new counters.
      last = new Map([...times].map(([number, now]) => [number, advance(last.get(number), now)]));
      const guests = hasGuest ? [guestFamily(last, labelsOf)] : [];
      return [...readInfo(), ...guests, secondsFamily(last, labelsOf), ...readTopology([...times.keys()])];
    };
  },
};

/** Parses the `cpuN` lines of /proc/stat to seconds since boot by CPU. Omits the sum over all CPUs. */
export function parseCpuTimes(text: string, faults: ValueFaults): CpuTimes {
  const times: CpuTimes = new Map();
  for (const line of parseLines(text)) {
    if (!line.startsWith('cpu')) continue;
    const [name = '', ...words] = parseWords(line);
    if (name === 'cpu') continue;
    try {
      const number = String(parseUnsigned(name.slice(3), 'stat cpu number'));
      times.set(number, parseSeconds(name, words, faults));
    } catch (error) {
      faults.report(`stat ${name}`, error);
    }
  }
  if (times.size === 0) throw new Error('stat: expected a line for each cpu, got none');
  return times;
}

function parseSeconds(name: string, words: readonly string[], faults: ValueFaults): Seconds {
  // Linux 2.6.24 and 2.6.33 added the last two columns. Columns of future kernels are ignored.
  if (words.length < guest) throw new Error(`stat ${name}: expected ${columns.length} values, got ${words.length}`);
  const ticks = parseRow(words.slice(0, columns.length), { columns, where: `stat ${name}`, faults });
  return ticks.map((count) => (count === undefined ? undefined : count / ticksPerSecond));
}

/**
 * Returns the counters to expose, given the previously exposed ones. A counter that decreased keeps its previous value. When
 * the idle time decreased by `resetSeconds`, all counters take their new values.
 *
 * Hotplug and the migration of a virtual machine reset the counters; iowait may decrease at any time.
 * Source: https://docs.kernel.org/filesystems/proc.html
 */
export function advance(before: Seconds | undefined, now: Seconds): Seconds {
  if (before === undefined || (before[idle] ?? 0) - (now[idle] ?? 0) >= resetSeconds) return now;
  return now.map((value, column) => (value === undefined ? undefined : Math.max(value, before[column] ?? 0)));
}

/** The labels of one CPU's samples, which are memoized. */
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
      const value = values[modeColumns[index] as number];
      if (value !== undefined) samples.push({ labels: labels[index] as Labels, value });
    }
  }
  return counter('node_cpu_seconds_total', 'Seconds the CPUs spent in each mode.', samples);
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
  return counter('node_cpu_guest_seconds_total', 'Seconds the CPUs spent in guests (VMs) for each mode.', samples);
}

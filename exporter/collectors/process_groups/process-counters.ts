/** Reads the resource usage of a process since its start. Source: proc_pid_stat(5), proc_pid_status(5), proc_pid_io(5), proc_pid_limits(5) */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseUnsigned } from '../../procfs/host-file.ts';
import type { ProcessStat } from '../../procfs/process-stat.ts';
import { type AttributeReader, unlessAbsent } from '../../procfs/sysfs.ts';

/** Counters since the start of a process. */
export type CounterName =
  | 'userTicks'
  | 'systemTicks'
  | 'minorFaults'
  | 'majorFaults'
  | 'readBytes'
  | 'writtenBytes'
  | 'voluntarySwitches'
  | 'involuntarySwitches';

/** Counters of a process. A counter that cannot be read is absent. */
export type ProcessCounters = Readonly<Partial<Record<CounterName, number | undefined>>>;

export interface ProcessDetails {
  readonly swapBytes?: number | undefined;
  readonly voluntarySwitches?: number | undefined;
  readonly involuntarySwitches?: number | undefined;
  readonly readBytes?: number | undefined;
  readonly writtenBytes?: number | undefined;
  readonly openFiles?: number | undefined;
  readonly maxFiles?: number | undefined;
}

/** Parses the value of a line such as `VmSwap:   12 kB`. Returns undefined for an absent line: kernel threads have no memory. */
export function parseStatusValue(text: string, name: string, where: string): number | undefined {
  const [, value] = new RegExp(`^${name}:\\s*(\\S+)( kB)?$`, 'm').exec(text) ?? [];
  return value === undefined ? undefined : parseUnsigned(value, `${where} ${name}`);
}

/** Parses the soft limit of open files. Returns undefined for `unlimited`. */
export function parseMaxFiles(text: string, where: string): number | undefined {
  const [, soft] = /^Max open files\s+(\S+)/m.exec(text) ?? [];
  return soft === 'unlimited' ? undefined : parseUnsigned(soft, `${where} Max open files`);
}

/** Reads the files of a process that only the user of the process and root may read. A value is absent when the exporter may not read its file. */
export function readProcessDetails(folder: string, attributes: AttributeReader): ProcessDetails {
  const status = attributes.parsed(join(folder, 'status'), (text, where) => ({
    swapKilobytes: parseStatusValue(text, 'VmSwap', where),
    voluntarySwitches: parseStatusValue(text, 'voluntary_ctxt_switches', where),
    involuntarySwitches: parseStatusValue(text, 'nonvoluntary_ctxt_switches', where),
  }));
  const io = attributes.parsed(join(folder, 'io'), (text, where) => ({
    readBytes: parseStatusValue(text, 'read_bytes', where),
    writtenBytes: parseStatusValue(text, 'write_bytes', where),
  }));
  const openFiles = unlessAbsent(() => readdirSync(join(folder, 'fd')).length);
  return {
    swapBytes: status?.swapKilobytes === undefined ? undefined : status.swapKilobytes * 1_024,
    voluntarySwitches: status?.voluntarySwitches,
    involuntarySwitches: status?.involuntarySwitches,
    readBytes: io?.readBytes,
    writtenBytes: io?.writtenBytes,
    openFiles,
    maxFiles: openFiles === undefined ? undefined : attributes.parsed(join(folder, 'limits'), parseMaxFiles),
  };
}

/** Returns the counters of /proc/<pid>/stat and of the other files. */
export function countersOf(stat: ProcessStat, details: ProcessDetails): ProcessCounters {
  const { userTicks, systemTicks, minorFaults, majorFaults } = stat;
  const { readBytes, writtenBytes, voluntarySwitches, involuntarySwitches } = details;
  return {
    userTicks,
    systemTicks,
    minorFaults,
    majorFaults,
    readBytes,
    writtenBytes,
    voluntarySwitches,
    involuntarySwitches,
  };
}

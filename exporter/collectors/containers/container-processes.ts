/** Reads the number, the oldest process and the start times of a container's processes. */
import { join } from 'node:path';
import { parseProcesses } from '../../cgroup/cgroup-values.ts';
import { parseBootSeconds, parseProcessStat, startSeconds } from '../../procfs/process-stat.ts';
import type { AttributeReader } from '../../procfs/sysfs.ts';

export interface ContainerProcesses {
  readonly count: number;
  /** The lowest process ID, which is usually the oldest process. Absent when the exporter runs in another PID namespace, in which the kernel prints 0 for processes. */
  readonly pid: number | undefined;
}

/** Returns the processes of a control group, or of its children when the control group itself has no processes. Returns undefined when cgroup.procs cannot be read. */
export function readContainerProcesses(folder: string, attributes: AttributeReader): ContainerProcesses | undefined {
  const pids = attributes.parsed(join(folder, 'cgroup.procs'), parseProcesses);
  if (pids === undefined) return undefined;
  // Podman and runc move the processes into a child control group, such as `container`.
  const all = pids.length > 0 ? pids : readBelow(folder, attributes);
  const known = all.filter((pid) => pid > 0);
  return { count: all.length, pid: known.length === 0 ? undefined : Math.min(...known) };
}

function readBelow(folder: string, attributes: AttributeReader): number[] {
  const folders = (attributes.folder(folder) ?? []).filter((entry) => entry.isDirectory());
  return folders.flatMap(({ name }) => attributes.parsed(join(folder, name, 'cgroup.procs'), parseProcesses) ?? []);
}

/** Returns the start of a process in seconds since 1970, or undefined when the start cannot be read. */
export function readStartSeconds(procfs: string, pid: string, attributes: AttributeReader): number | undefined {
  const bootSeconds = attributes.parsed(join(procfs, 'stat'), parseBootSeconds);
  const stat = attributes.parsed(join(procfs, pid, 'stat'), parseProcessStat);
  return bootSeconds === undefined || stat === undefined ? undefined : startSeconds(bootSeconds, stat.startTicks);
}

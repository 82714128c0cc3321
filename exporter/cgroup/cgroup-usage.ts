/** Defines the resource usage of a control group, which cgroup v2 and v1 report in different files and units. */
import type { CgroupIo, CpuQuota } from './cgroup-values.ts';

/** CPU usage of a control group. A value that the kernel does not report, or that cannot be read, is absent. */
export interface CgroupCpu {
  readonly userSeconds?: number | undefined;
  readonly systemSeconds?: number | undefined;
  readonly usageSeconds?: number | undefined;
  /** Number of enforcement periods of the CPU quota since the control group was created. */
  readonly periods?: number | undefined;
  /** Number of periods in which the control group waited because its quota was used up. */
  readonly throttledPeriods?: number | undefined;
  readonly throttledSeconds?: number | undefined;
}

/** Memory usage of a control group in bytes, and counts of events since the control group was created. */
export interface CgroupMemory {
  readonly usage?: number | undefined;
  readonly inactiveFile?: number | undefined;
  readonly anonymous?: number | undefined;
  readonly file?: number | undefined;
  readonly mappedFile?: number | undefined;
  readonly swap?: number | undefined;
  readonly maxUsage?: number | undefined;
  readonly pageFaults?: number | undefined;
  readonly majorPageFaults?: number | undefined;
  /** Number of times that the usage reached the limit. */
  readonly limitHits?: number | undefined;
}

/** Limits of a control group. Infinity means no limit. */
export interface CgroupLimits {
  readonly memory?: number | undefined;
  readonly memoryReservation?: number | undefined;
  /** Limit of swap in cgroup v2; limit of the sum of memory and swap in cgroup v1. */
  readonly swap?: number | undefined;
  readonly cpu?: CpuQuota | undefined;
  /** CPU weight on cgroup v1's scale: 1,024 is the default. */
  readonly cpuShares?: number | undefined;
  readonly tasks?: number | undefined;
}

/** Reads control groups by their paths below the root, such as `/system.slice/ssh.service`. */
export interface CgroupReader {
  /** The mounted hierarchy with all control groups of systemd and the container engines. */
  readonly root: string;
  readonly version: 1 | 2;
  cpu(path: string): CgroupCpu;
  /** Returns the memory usage in bytes. Reads one file, where `memory` reads several. */
  memoryUsage(path: string): number | undefined;
  memory(path: string): CgroupMemory;
  /** Returns the number of processes that the kernel killed because memory was short. In cgroup v2, the number includes child control groups, also after their removal. */
  oomKills(path: string): number | undefined;
  io(path: string): readonly CgroupIo[] | undefined;
  tasks(path: string): number | undefined;
  limits(path: string): CgroupLimits;
}

/** Returns the memory in use without inactive page cache, which the kernel reclaims first. Never negative. */
export function workingSetBytes({ usage, inactiveFile }: CgroupMemory): number | undefined {
  return usage === undefined || inactiveFile === undefined ? undefined : Math.max(0, usage - inactiveFile);
}

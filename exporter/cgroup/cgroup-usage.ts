/** Defines the resource usage of a control group, which cgroup v2 and v1 report in different files and units. */
import type { CgroupIo, CpuQuota } from './cgroup-values.ts';

/** Values that the kernel does not report, or that cannot be read, are absent. */
export interface CgroupCpu {
  readonly userSeconds?: number | undefined;
  readonly systemSeconds?: number | undefined;
  readonly usageSeconds?: number | undefined;
  /** Enforcement periods of the CPU quota since the control group exists, and how many were throttled. */
  readonly periods?: number | undefined;
  readonly throttledPeriods?: number | undefined;
  readonly throttledSeconds?: number | undefined;
}

/** Bytes, and counts of events. */
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
  /** How often the usage reached the limit. */
  readonly limitHits?: number | undefined;
}

/** Limits; Infinity means no limit. */
export interface CgroupLimits {
  readonly memory?: number | undefined;
  readonly memoryReservation?: number | undefined;
  /** Limit of swap, or of memory and swap together in cgroup v1. */
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
  /** Returns memory.current or memory.usage_in_bytes, one file. */
  memoryUsage(path: string): number | undefined;
  memory(path: string): CgroupMemory;
  /** Processes that the kernel killed because memory was short. In cgroup v2 the count includes ended control groups below. */
  oomKills(path: string): number | undefined;
  io(path: string): readonly CgroupIo[] | undefined;
  tasks(path: string): number | undefined;
  limits(path: string): CgroupLimits;
}

/** Returns the memory in use without the page cache that the kernel can drop first; never negative. */
export function workingSetBytes({ usage, inactiveFile }: CgroupMemory): number | undefined {
  return usage === undefined || inactiveFile === undefined ? undefined : Math.max(0, usage - inactiveFile);
}

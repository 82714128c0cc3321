/** Reads control groups of cgroup v2. Source: Documentation/admin-guide/cgroup-v2.rst */
import { join } from 'node:path';
import { type AttributeReader, parseUnsignedLine } from '../procfs/sysfs.ts';
import type { CgroupCpu, CgroupReader } from './cgroup-usage.ts';
import { parseCpuMax, parseFlatKeyed, parseIoStat, parseLimit } from './cgroup-values.ts';

const cpuKeys = ['usage_usec', 'user_usec', 'system_usec', 'nr_periods', 'nr_throttled', 'throttled_usec'] as const;
const memoryKeys = ['anon', 'file', 'file_mapped', 'inactive_file', 'pgfault', 'pgmajfault'] as const;

export function createUnifiedCgroups(root: string, attributes: AttributeReader): CgroupReader {
  const number = (path: string, file: string) => attributes.parsed(join(root, path, file), parseUnsignedLine);
  const limit = (path: string, file: string) => attributes.parsed(join(root, path, file), parseLimit);
  return {
    root,
    version: 2,
    cpu: (path) => readUnifiedCpu(root, path, attributes) ?? {},
    memoryUsage: (path) => number(path, 'memory.current'),
    memory(path) {
      const keyed = attributes.parsed(join(root, path, 'memory.stat'), (text, where) =>
        parseFlatKeyed(text, memoryKeys, where),
      );
      return {
        usage: number(path, 'memory.current'),
        inactiveFile: keyed?.inactive_file,
        anonymous: keyed?.anon,
        file: keyed?.file,
        mappedFile: keyed?.file_mapped,
        pageFaults: keyed?.pgfault,
        majorPageFaults: keyed?.pgmajfault,
        swap: number(path, 'memory.swap.current'),
        maxUsage: number(path, 'memory.peak'),
      };
    },
    oomKills: (path) =>
      attributes.parsed(join(root, path, 'memory.events'), (text, where) => parseFlatKeyed(text, ['oom_kill'], where))
        ?.oom_kill,
    io: (path) => attributes.parsed(join(root, path, 'io.stat'), parseIoStat),
    tasks: (path) => number(path, 'pids.current'),
    limits: (path) => ({
      memory: limit(path, 'memory.max'),
      memoryReservation: limit(path, 'memory.low'),
      swap: limit(path, 'memory.swap.max'),
      cpu: attributes.parsed(join(root, path, 'cpu.max'), parseCpuMax),
      cpuShares: attributes.parsed(join(root, path, 'cpu.weight'), (text, where) =>
        sharesOf(parseUnsignedLine(text, where)),
      ),
      tasks: limit(path, 'pids.max'),
    }),
  };
}

/** Reads cpu.stat, which exists in every control group of cgroup v2, even when the CPU controller is off. */
export function readUnifiedCpu(root: string, path: string, attributes: AttributeReader): CgroupCpu | undefined {
  const keyed = attributes.parsed(join(root, path, 'cpu.stat'), (text, where) => parseFlatKeyed(text, cpuKeys, where));
  if (keyed === undefined) return undefined;
  return {
    userSeconds: divide(keyed.user_usec, 1e6),
    systemSeconds: divide(keyed.system_usec, 1e6),
    usageSeconds: divide(keyed.usage_usec, 1e6),
    periods: keyed.nr_periods,
    throttledPeriods: keyed.nr_throttled,
    throttledSeconds: divide(keyed.throttled_usec, 1e6),
  };
}

export function divide(value: number | undefined, divisor: number): number | undefined {
  return value === undefined ? undefined : value / divisor;
}

/** Converts a weight of 1 to 10,000 to shares of 2 to 262,144, as container runtimes convert shares to weights. */
function sharesOf(weight: number): number {
  return Math.floor(2 + ((weight - 1) * 262_142) / 9_999);
}

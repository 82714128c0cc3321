/**
 * Reads control groups of cgroup v1, in which each controller has a separate hierarchy, and of the hybrid layout, in which systemd's
 * hierarchy is cgroup v2 and the controllers are cgroup v1. Source: Documentation/admin-guide/cgroup-v1/
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type AttributeReader, parseUnsignedLine } from '../procfs/sysfs.ts';
import type { CgroupCpu, CgroupReader } from './cgroup-usage.ts';
import { type CgroupIo, parseBlkio, parseFlatKeyed, parseLimit } from './cgroup-values.ts';
import { divide, readUnifiedCpu } from './unified-cgroups.ts';

const memoryKeys = [
  'total_rss',
  'total_cache',
  'total_mapped_file',
  'total_inactive_file',
  'total_swap',
  'total_pgfault',
  'total_pgmajfault',
] as const;

/** Creates a reader for the controllers below `mounts`, usually /sys/fs/cgroup. `tree` is the hierarchy that lists the control groups. */
export function createLegacyCgroups(mounts: string, tree: string, attributes: AttributeReader): CgroupReader {
  const controller = (...names: readonly string[]) =>
    names.map((name) => join(mounts, name)).find((folder) => existsSync(folder)) ?? join(mounts, names[0] as string);
  const unified = join(mounts, 'unified');
  const hasUnified = existsSync(unified);
  const cpuacct = controller('cpuacct', 'cpu,cpuacct');
  const cpu = controller('cpu', 'cpu,cpuacct');
  const memory = controller('memory');
  const blkio = controller('blkio');
  const pids = controller('pids');
  const number = (folder: string, path: string, file: string) =>
    attributes.parsed(join(folder, path, file), parseUnsignedLine);
  const limit = (folder: string, path: string, file: string) => attributes.parsed(join(folder, path, file), parseLimit);

  function cpuTimes(path: string): CgroupCpu {
    return {
      userSeconds: divide(number(cpuacct, path, 'cpuacct.usage_user'), 1e9),
      systemSeconds: divide(number(cpuacct, path, 'cpuacct.usage_sys'), 1e9),
      usageSeconds: divide(number(cpuacct, path, 'cpuacct.usage'), 1e9),
    };
  }

  function throttling(path: string): CgroupCpu {
    const keyed = attributes.parsed(join(cpu, path, 'cpu.stat'), (text, where) =>
      parseFlatKeyed(text, ['nr_periods', 'nr_throttled', 'throttled_time'], where),
    );
    return {
      periods: keyed?.nr_periods,
      throttledPeriods: keyed?.nr_throttled,
      throttledSeconds: divide(keyed?.throttled_time, 1e9),
    };
  }

  return {
    root: tree,
    version: 1,
    cpu: (path) => ({
      ...((hasUnified ? readUnifiedCpu(unified, path, attributes) : undefined) ?? cpuTimes(path)),
      ...throttling(path),
    }),
    memoryUsage: (path) => number(memory, path, 'memory.usage_in_bytes'),
    memory(path) {
      const keyed = attributes.parsed(join(memory, path, 'memory.stat'), (text, where) =>
        parseFlatKeyed(text, memoryKeys, where),
      );
      return {
        usage: number(memory, path, 'memory.usage_in_bytes'),
        inactiveFile: keyed?.total_inactive_file,
        anonymous: keyed?.total_rss,
        file: keyed?.total_cache,
        mappedFile: keyed?.total_mapped_file,
        swap: keyed?.total_swap,
        pageFaults: keyed?.total_pgfault,
        majorPageFaults: keyed?.total_pgmajfault,
        maxUsage: number(memory, path, 'memory.max_usage_in_bytes'),
        limitHits: number(memory, path, 'memory.failcnt'),
      };
    },
    oomKills: (path) =>
      attributes.parsed(join(memory, path, 'memory.oom_control'), (text, where) =>
        parseFlatKeyed(text, ['oom_kill'], where),
      )?.oom_kill,
    io: (path) => readBlkio(join(blkio, path), attributes),
    tasks: (path) => number(pids, path, 'pids.current'),
    limits(path) {
      const quotaUs = limit(cpu, path, 'cpu.cfs_quota_us');
      const periodUs = number(cpu, path, 'cpu.cfs_period_us');
      return {
        memory: limit(memory, path, 'memory.limit_in_bytes'),
        memoryReservation: limit(memory, path, 'memory.soft_limit_in_bytes'),
        swap: limit(memory, path, 'memory.memsw.limit_in_bytes'),
        cpu: quotaUs === undefined || periodUs === undefined ? undefined : { quotaUs, periodUs },
        cpuShares: number(cpu, path, 'cpu.shares'),
        tasks: limit(pids, path, 'pids.max'),
      };
    },
  };
}

function readBlkio(folder: string, attributes: AttributeReader): CgroupIo[] | undefined {
  const bytes = attributes.parsed(join(folder, 'blkio.throttle.io_service_bytes_recursive'), parseBlkio);
  const counts = attributes.parsed(join(folder, 'blkio.throttle.io_serviced_recursive'), parseBlkio);
  if (bytes === undefined || counts === undefined) return undefined;
  return [...bytes].flatMap(([device, { read, write }]) => {
    const operations = counts.get(device);
    if (operations === undefined) return [];
    return [{ device, readBytes: read, writtenBytes: write, reads: operations.read, writes: operations.write }];
  });
}

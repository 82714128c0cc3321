/** Adds the samples of the whole host, which cAdvisor exposes as the container `/`, and the size of the machine. */
import { join } from 'node:path';
import type { CgroupMemory, CgroupReader } from '../../cgroup/cgroup-usage.ts';
import type { HostPaths } from '../../collector/collector.ts';
import type { SampleTable } from '../../exposition/sample-table.ts';
import { parseUnsigned } from '../../procfs/host-file.ts';
import type { AttributeReader } from '../../procfs/sysfs.ts';
import { containerMetrics as metrics } from './container-metrics.ts';
import { parseTraffic } from './container-network.ts';
import { createContainerSamples } from './container-samples.ts';

export interface HostSamplesOptions {
  readonly table: SampleTable;
  readonly cgroups: CgroupReader;
  readonly paths: HostPaths;
  readonly attributes: AttributeReader;
  readonly deviceName: (numbers: string) => string;
  readonly now: () => number;
}

export function addHost({ table, cgroups, paths, attributes, deviceName, now }: HostSamplesOptions): void {
  const meminfo = attributes.parsed(join(paths.procfs, 'meminfo'), parseMachineMemory);
  const samples = createContainerSamples(table, { id: '/', image: '', name: '' });
  const memory = cgroups.memory('/');
  samples.cpu(cgroups.cpu('/'));
  samples.memory(withUsage(memory, meminfo));
  samples.io(cgroups.io('/') ?? [], deviceName);
  samples.network(attributes.parsed(join(paths.procfs, '1', 'net', 'dev'), parseTraffic) ?? []);
  samples.add(metrics.lastSeen, Math.floor(now() / 1_000));
  table.add(metrics.machineMemory, {}, meminfo?.totalBytes);
  table.add(metrics.cores, {}, attributes.parsed(join(paths.procfs, 'stat'), countCpus));
}

/** Adds the memory in use from /proc/meminfo, because the root of cgroup v2 has no memory.current. */
function withUsage(memory: CgroupMemory, meminfo: MachineMemory | undefined): CgroupMemory {
  if (memory.usage !== undefined || meminfo === undefined) return memory;
  return { ...memory, usage: meminfo.totalBytes - meminfo.freeBytes };
}

interface MachineMemory {
  readonly totalBytes: number;
  readonly freeBytes: number;
}

function parseMachineMemory(text: string, where: string): MachineMemory {
  const bytesOf = (name: string) =>
    parseUnsigned(new RegExp(`^${name}: +(.*) kB$`, 'm').exec(text)?.[1], `${where} ${name}`) * 1_024;
  return { totalBytes: bytesOf('MemTotal'), freeBytes: bytesOf('MemFree') };
}

function countCpus(text: string, where: string): number {
  const count = text.match(/^cpu\d+ /gm)?.length ?? 0;
  if (count === 0) throw new Error(`${where}: expected lines of CPUs, got none`);
  return count;
}

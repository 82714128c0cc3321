/** Adds the samples of one control group to a table, under cAdvisor's names. */
import { type CgroupCpu, type CgroupLimits, type CgroupMemory, workingSetBytes } from '../../cgroup/cgroup-usage.ts';
import type { CgroupIo } from '../../cgroup/cgroup-values.ts';
import { type Labels, sortLabels } from '../../exposition/family.ts';
import type { SampleTable } from '../../exposition/sample-table.ts';
import { containerMetrics as metrics } from './container-metrics.ts';
import type { DeviceTraffic } from './container-network.ts';

/** The samples of one container, or of the whole host: `id="/"`. */
export interface ContainerSamples {
  cpu(cpu: CgroupCpu): void;
  memory(memory: CgroupMemory): void;
  io(io: readonly CgroupIo[], deviceName: (device: string) => string): void;
  network(traffic: readonly DeviceTraffic[]): void;
  limits(limits: CgroupLimits, cpu: CgroupCpu): void;
  /** Adds a sample that has only the labels of the container. */
  add(metric: (typeof metrics)[keyof typeof metrics], value: number | undefined): void;
}

export function createContainerSamples(table: SampleTable, base: Labels): ContainerSamples {
  const labels = sortLabels(base);
  const withLabels = (more: Labels) => sortLabels({ ...base, ...more });
  return {
    add: (metric, value) => table.add(metric, labels, value),
    cpu(cpu) {
      table.add(metrics.cpu, withLabels({ cpu: 'total' }), cpu.usageSeconds);
      table.add(metrics.cpuUser, labels, cpu.userSeconds);
      table.add(metrics.cpuSystem, labels, cpu.systemSeconds);
    },
    memory(memory) {
      table.add(metrics.memory, labels, memory.usage);
      table.add(metrics.workingSet, labels, workingSetBytes(memory));
      table.add(metrics.rss, labels, memory.anonymous);
      table.add(metrics.cache, labels, memory.file);
      table.add(metrics.mappedFile, labels, memory.mappedFile);
      table.add(metrics.swap, labels, memory.swap);
      table.add(metrics.maxMemory, labels, memory.maxUsage);
      table.add(metrics.limitHits, labels, memory.limitHits);
      for (const scope of ['container', 'hierarchy']) {
        table.add(metrics.failures, withLabels({ failure_type: 'pgfault', scope }), memory.pageFaults);
        table.add(metrics.failures, withLabels({ failure_type: 'pgmajfault', scope }), memory.majorPageFaults);
      }
    },
    io(io, deviceName) {
      for (const { device: numbers, readBytes, writtenBytes, reads, writes } of io) {
        const device = deviceName(numbers);
        const [major = '', minor = ''] = numbers.split(':');
        const ofDevice = withLabels({ device });
        // Devices without a name have the same empty label `device`. Only the labels `major` and `minor` of the blkio metric distinguish them.
        if (device !== '') {
          table.add(metrics.readBytes, ofDevice, readBytes);
          table.add(metrics.writtenBytes, ofDevice, writtenBytes);
          table.add(metrics.reads, ofDevice, reads);
          table.add(metrics.writes, ofDevice, writes);
        }
        table.add(metrics.blkio, withLabels({ device, major, minor, operation: 'Read' }), readBytes);
        table.add(metrics.blkio, withLabels({ device, major, minor, operation: 'Write' }), writtenBytes);
      }
    },
    network(traffic) {
      for (const { device, counters } of traffic) {
        const ofDevice = withLabels({ interface: device });
        for (const [counter, value] of counters) table.add(metrics[counter], ofDevice, value);
      }
    },
    limits(limits, cpu) {
      table.add(metrics.specPeriod, labels, limits.cpu?.periodUs);
      if (limits.cpu !== undefined && limits.cpu.quotaUs !== Number.POSITIVE_INFINITY) {
        table.add(metrics.specQuota, labels, limits.cpu.quotaUs);
        table.add(metrics.periods, labels, cpu.periods);
        table.add(metrics.throttledPeriods, labels, cpu.throttledPeriods);
        table.add(metrics.throttled, labels, cpu.throttledSeconds);
      }
      table.add(metrics.specShares, labels, limits.cpuShares);
      table.add(metrics.specMemory, labels, zeroIfUnlimited(limits.memory));
      table.add(metrics.specReservation, labels, zeroIfUnlimited(limits.memoryReservation));
      table.add(metrics.specSwap, labels, zeroIfUnlimited(limits.swap));
    },
  };
}

/** cAdvisor exposes 0 for no limit. */
function zeroIfUnlimited(limit: number | undefined): number | undefined {
  return limit === Number.POSITIVE_INFINITY ? 0 : limit;
}

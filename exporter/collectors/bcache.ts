/** Exposes statistics of bcache, the kernel's block-device cache, from /sys/fs/bcache. Source: https://docs.kernel.org/admin-guide/bcache.html */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import type { Labels } from '../exposition/family.ts';
import { type AttributeMetric, createSampleTable, type SampleTable } from '../exposition/sample-table.ts';
import { type AttributeReader, createAttributeReader, listFolder } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';
import {
  allMetrics,
  backingMetrics,
  cacheMetrics,
  priorityMetrics,
  setMetrics,
  writebackMetrics,
} from './bcache/bcache-metrics.ts';
import { parseBcacheLine, parsePriorityStats, parseWritebackRate } from './bcache/bcache-values.ts';

export const bcache: Collector = {
  name: 'bcache',
  defaultEnabled: true,
  help: "Exposes statistics of bcache, the kernel's block-device cache, from /sys/fs/bcache.",
  docs: {
    source: '/sys/fs/bcache',
    differences: [
      {
        upstream: 'multiplies `btree_read_average_duration_us` by 1e-9',
        here: 'divides by 1e6',
        reason: 'the file contains microseconds',
      },
    ],
  },
  flags: [{ name: 'priorityStats', help: 'Expose expensive priority stats.', isSwitch: true, default: 'false' }],
  create({ paths, flags, faults }) {
    const attributes = createAttributeReader(faults);
    const root = join(paths.sysfs, 'fs', 'bcache');
    const hasPriorities = flags['priorityStats'] === 'true';
    const metrics = hasPriorities ? [...allMetrics, ...priorityMetrics] : allMetrics;
    const noSamples = createSampleTable(metrics).families();
    return () => {
      const entries = listFolder(root);
      if (entries === undefined) return noSamples;
      const table = createSampleTable(metrics);
      // The name of a cache set is a UUID. The folder also contains the files that register devices.
      for (const { name: uuid } of entries.filter(({ name }) => name.includes('-')))
        addSet(table, { folder: join(root, uuid), uuid, attributes, faults, hasPriorities });
      return table.families();
    };
  },
};

interface CacheSet {
  readonly folder: string;
  readonly uuid: string;
  readonly attributes: AttributeReader;
  readonly faults: ValueFaults;
  readonly hasPriorities: boolean;
}

function addSet(table: SampleTable, { folder, uuid, attributes, faults, hasPriorities }: CacheSet): void {
  const addAll = (metrics: readonly AttributeMetric[], device: string, labels: Labels) => {
    for (const metric of metrics)
      table.add(metric, labels, attributes.parsed(join(folder, device, metric.attribute), parseBcacheLine));
  };
  addAll(setMetrics, '', { uuid });
  for (const { name } of attributes.folder(folder) ?? []) {
    if (/^bdev\d/.test(name)) {
      const labels = { backing_device: name, uuid };
      addAll(backingMetrics, name, labels);
      const path = join(folder, name, 'writeback_rate_debug');
      const values = attributes.parsed(path, (text) => parseWritebackRate(text, path, faults));
      for (const metric of writebackMetrics) table.add(metric, labels, values?.get(metric.attribute));
    } else if (/^cache\d/.test(name)) {
      const labels = { cache_device: name, uuid };
      addAll(cacheMetrics, name, labels);
      const path = join(folder, name, 'priority_stats');
      const values = hasPriorities
        ? attributes.parsed(path, (text) => parsePriorityStats(text, path, faults))
        : undefined;
      for (const metric of priorityMetrics) table.add(metric, labels, values?.get(metric.attribute));
    }
  }
}

/** Pages that the kernel merged (KSM), from /sys/kernel/mm/ksm. Source: https://docs.kernel.org/admin-guide/mm/ksm.html */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { createSampleTable, type Metric } from '../exposition/sample-table.ts';
import { readHostFile } from '../procfs/host-file.ts';
import { createAttributeReader } from '../procfs/sysfs.ts';

interface FileMetric extends Metric {
  readonly file: string;
  readonly divisor: number;
}

function metric(file: string, name = file, divisor = 1): FileMetric {
  const type = name.endsWith('_total') ? 'counter' : 'gauge';
  return { name: `node_ksmd_${name}`, type, help: `ksmd '${file}' file.`, file, divisor };
}

const metrics: readonly FileMetric[] = [
  metric('full_scans', 'full_scans_total'),
  metric('merge_across_nodes'),
  metric('pages_shared'),
  metric('pages_sharing'),
  metric('pages_to_scan'),
  metric('pages_unshared'),
  metric('pages_volatile'),
  metric('run'),
  metric('sleep_millisecs', 'sleep_seconds', 1_000),
];

export const ksmd: Collector = {
  name: 'ksmd',
  defaultEnabled: false,
  help: 'Pages that the kernel merged, from /sys/kernel/mm/ksm.',
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const folder = join(paths.sysfs, 'kernel', 'mm', 'ksm');
    return () => {
      // A kernel without CONFIG_KSM does not have the folder.
      readHostFile(join(folder, 'run'));
      const table = createSampleTable(metrics);
      for (const each of metrics) {
        const value = attributes.unsigned(join(folder, each.file));
        table.add(each, {}, value === undefined ? undefined : value / each.divisor);
      }
      return table.families();
    };
  },
};

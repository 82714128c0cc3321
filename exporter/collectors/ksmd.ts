/** Exposes statistics of KSM, which merges identical memory pages, from /sys/kernel/mm/ksm. Source: https://docs.kernel.org/admin-guide/mm/ksm.html */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { type AttributeMetric, createSampleTable } from '../exposition/sample-table.ts';
import { readHostFile } from '../procfs/host-file.ts';
import { createAttributeReader } from '../procfs/sysfs.ts';

function metric(attribute: string, name = attribute, divisor = 1): AttributeMetric {
  const type = name.endsWith('_total') ? 'counter' : 'gauge';
  return { name: `node_ksmd_${name}`, type, help: `ksmd '${attribute}' file.`, attribute, divisor };
}

const metrics: readonly AttributeMetric[] = [
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
  help: 'Exposes statistics of KSM, which merges identical memory pages, from /sys/kernel/mm/ksm.',
  docs: { source: '/sys/kernel/mm/ksm', cost: 'nine files' },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const folder = join(paths.sysfs, 'kernel', 'mm', 'ksm');
    return () => {
      // Throws on a kernel without CONFIG_KSM, which does not have the folder.
      readHostFile(join(folder, 'run'));
      const table = createSampleTable(metrics);
      for (const each of metrics) table.add(each, {}, attributes.unsigned(join(folder, each.attribute)));
      return table.families();
    };
  },
};

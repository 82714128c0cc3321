/** Exposes statistics of NFS mounts, from /proc/self/mountstats. Source: nfs_show_stats in fs/nfs/super.c of the kernel */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import type { Labels } from '../exposition/family.ts';
import { createSampleTable, type SampleTable } from '../exposition/sample-table.ts';
import {
  declaredMetrics,
  metrics,
  operationMetrics,
  plainMetrics,
  transportMetrics,
} from './mountstats/mount-metrics.ts';
import { addAddresses, type NfsMount, parseMountstats } from './mountstats/nfs-mounts.ts';

export const mountstats: Collector = {
  name: 'mountstats',
  defaultEnabled: false,
  help: 'Exposes statistics of NFS mounts, from /proc/self/mountstats.',
  docs: {
    source: '/proc/self/mountstats, mountinfo',
    cost: '35 series per mount, ten per transport and eight per operation; NFS 4.2 has 70 operations',
    differences: [
      {
        upstream: 'fails when one mount has a malformed line',
        here: 'omits the values of this line',
        reason: 'the other mounts are correct',
      },
      {
        upstream: 'finds the address of a mount by the number of its line in mountinfo',
        here: 'finds the address by the mount point',
        reason: 'mountinfo omits mounts outside the root of a process',
      },
      {
        upstream: 'exposes `\\040` for a blank in an export or a mount point',
        here: 'exposes the blank',
        reason: 'the label is equal to the mount point of the collector filesystem',
      },
      {
        upstream: 'fails for a mount over a Unix domain socket',
        here: 'exposes the transport `local`',
        reason: 'the kernel has this transport',
      },
    ],
  },
  flags: [],
  create({ paths, faults }) {
    const path = join(paths.procfs, 'self', 'mountstats');
    const mountinfoPath = join(paths.procfs, 'self', 'mountinfo');
    return () => {
      const table = createSampleTable(declaredMetrics);
      const mounts = parseMountstats(readFileSync(path, 'latin1'), faults);
      const addressed = mounts.length === 0 ? [] : addAddresses(mounts, readFileSync(mountinfoPath, 'latin1'));
      const seen = new Set<string>();
      for (const mount of addressed) addMount(table, mount, seen);
      return table.families();
    };
  },
};

/** Adds the samples of a mount. Mounts of one export share their statistics, which have one series. `seen` has the label sets with series. */
function addMount(table: SampleTable, mount: NfsMount, seen: Set<string>): void {
  const isNew = (...key: string[]): boolean => {
    const text = JSON.stringify(key);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  };
  for (const protocol of new Set(mount.transports.map((transport) => transport.protocol))) {
    const { device, address: mountaddr, mountPoint: mountpoint } = mount;
    const labels = { export: device, mountaddr, protocol };
    if (isNew('mount', device, mountaddr, protocol, mountpoint))
      table.add(metrics.mountpoint, { export: device, mountaddr, mountpoint, protocol }, 1);
    if (isNew('export', ...Object.values(labels))) addStatistics(table, mount, labels);
  }
}

function addStatistics(table: SampleTable, mount: NfsMount, labels: Labels): void {
  const {
    export: device,
    mountaddr,
    protocol,
  } = labels as Readonly<Record<'export' | 'mountaddr' | 'protocol', string>>;
  for (const metric of plainMetrics) table.add(metric, labels, mount.values.get(metric.attribute));
  for (const [index, { values }] of mount.transports.entries())
    for (const metric of transportMetrics)
      table.add(metric, { ...labels, transport: String(index) }, values.get(metric.attribute));
  for (const { operation, values } of mount.operations)
    for (const metric of operationMetrics)
      table.add(metric, { export: device, mountaddr, operation, protocol }, values.get(metric.attribute));
}

/** Exposes statistics of the caches, pools and datasets of OpenZFS, from /proc/spl/kstat/zfs. Source: https://openzfs.github.io/openzfs-docs */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import type { Labels } from '../exposition/family.ts';
import { createSampleTable, type Metric, type SampleTable } from '../exposition/sample-table.ts';
import { type AttributeReader, createAttributeReader, listFolder } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';
import { type NamedValue, parseDatasetKstat, parseKstat, parseKstatTable } from './zfs/kstat.ts';

/** Files of the module, and the prefixes of their metrics. Older versions of OpenZFS lack some of the files. */
const moduleFiles = [
  ['abdstats', 'node_zfs_abd'],
  ['arcstats', 'node_zfs_arc'],
  ['dbufstats', 'node_zfs_dbuf'],
  ['dmu_tx', 'node_zfs_dmu_tx'],
  ['dnodestats', 'node_zfs_dnode'],
  ['fm', 'node_zfs_fm'],
  ['vdev_cache_stats', 'node_zfs_vdev_cache'],
  ['vdev_mirror_stats', 'node_zfs_vdev_mirror'],
  ['xuio_stats', 'node_zfs_xuio'],
  ['zfetchstats', 'node_zfs_zfetch'],
  ['zil', 'node_zfs_zil'],
] as const;

const poolStates = ['online', 'degraded', 'faulted', 'offline', 'removed', 'unavail', 'suspended'];

const stateMetric: Metric = { name: 'node_zfs_zpool_state', type: 'gauge', help: 'kstat.zfs.misc.state' };

export const zfs: Collector = {
  name: 'zfs',
  defaultEnabled: true,
  help: 'Exposes statistics of the caches, pools and datasets of OpenZFS, from /proc/spl/kstat/zfs.',
  docs: { source: '/proc/spl/kstat/zfs' },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const root = join(paths.procfs, 'spl', 'kstat', 'zfs');
    return () => {
      const entries = listFolder(root);
      if (entries === undefined) return [];
      const table = createSampleTable([stateMetric]);
      const files = new Set(entries.map(({ name }) => name));
      for (const [file, prefix] of moduleFiles) {
        if (!files.has(file)) continue;
        const values = attributes.parsed(join(root, file), (text) => parseKstat(text, file, faults)) ?? [];
        addValues(table, values, { prefix, source: file, labels: {} });
      }
      for (const entry of entries) {
        if (entry.isDirectory())
          addPool(table, { folder: join(root, entry.name), zpool: entry.name, attributes, faults });
      }
      return table.families();
    };
  },
};

interface Pool {
  readonly folder: string;
  readonly zpool: string;
  readonly attributes: AttributeReader;
  readonly faults: ValueFaults;
}

function addPool(table: SampleTable, { folder, zpool, attributes, faults }: Pool): void {
  for (const { name } of attributes.folder(folder) ?? []) {
    const path = join(folder, name);
    if (name === 'io') {
      const values = attributes.parsed(path, (text) => parseKstatTable(text, `${zpool}/io`, faults)) ?? [];
      addValues(table, values, { prefix: 'node_zfs_zpool', source: 'io', labels: { zpool } });
    } else if (name === 'state') {
      const current = attributes.line(path)?.toLowerCase();
      if (current === undefined || current === '') continue;
      for (const state of poolStates) table.add(stateMetric, { state, zpool }, state === current ? 1 : 0);
    } else if (name.startsWith('objset-')) {
      const kstat = attributes.parsed(path, (text) => parseDatasetKstat(text, `${zpool}/${name}`, faults));
      const labels = { dataset: kstat?.dataset ?? '', zpool };
      addValues(table, kstat?.values ?? [], { prefix: 'node_zfs_zpool_dataset', source: 'objset', labels });
    }
  }
}

interface ValueOrigin {
  readonly prefix: string;
  /** The part of the HELP text that names the file. */
  readonly source: string;
  readonly labels: Labels;
}

function addValues(table: SampleTable, values: readonly NamedValue[], { prefix, source, labels }: ValueOrigin): void {
  for (const { name, value } of values) {
    const metric: Metric = {
      name: `${prefix}_${name.replaceAll('-', '_')}`,
      type: 'untyped',
      help: `kstat.zfs.misc.${source}.${name}`,
    };
    table.add(metric, labels, value);
  }
}

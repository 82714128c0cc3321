/** Exposes operation counters of XFS file systems, from /sys/fs/xfs, which exists since Linux 4.4. Source: https://xfs.org/index.php/Runtime_Stats */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { createSampleTable, type Metric } from '../exposition/sample-table.ts';
import { parseLines, parseRow, parseWords } from '../procfs/host-file.ts';
import { createAttributeReader, listFolder } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

function counter(name: string, help: string): Metric {
  return { name: `node_xfs_${name}`, type: 'counter', help };
}

/** Metrics of the columns, by the name of the row. */
const rows: Readonly<Record<string, readonly Metric[]>> = {
  extent_alloc: [
    counter('extent_allocation_extents_allocated_total', 'Number of extents allocated for a filesystem.'),
    counter('extent_allocation_blocks_allocated_total', 'Number of blocks allocated for a filesystem.'),
    counter('extent_allocation_extents_freed_total', 'Number of extents freed for a filesystem.'),
    counter('extent_allocation_blocks_freed_total', 'Number of blocks freed for a filesystem.'),
  ],
  abt: [
    counter('allocation_btree_lookups_total', 'Number of allocation B-tree lookups for a filesystem.'),
    counter('allocation_btree_compares_total', 'Number of allocation B-tree compares for a filesystem.'),
    counter(
      'allocation_btree_records_inserted_total',
      'Number of allocation B-tree records inserted for a filesystem.',
    ),
    counter('allocation_btree_records_deleted_total', 'Number of allocation B-tree records deleted for a filesystem.'),
  ],
  blk_map: [
    counter('block_mapping_reads_total', 'Number of block map for read operations for a filesystem.'),
    counter('block_mapping_writes_total', 'Number of block map for write operations for a filesystem.'),
    counter('block_mapping_unmaps_total', 'Number of block unmaps (deletes) for a filesystem.'),
    counter('block_mapping_extent_list_insertions_total', 'Number of extent list insertions for a filesystem.'),
    counter('block_mapping_extent_list_deletions_total', 'Number of extent list deletions for a filesystem.'),
    counter('block_mapping_extent_list_lookups_total', 'Number of extent list lookups for a filesystem.'),
    counter('block_mapping_extent_list_compares_total', 'Number of extent list compares for a filesystem.'),
  ],
  bmbt: [
    counter('block_map_btree_lookups_total', 'Number of block map B-tree lookups for a filesystem.'),
    counter('block_map_btree_compares_total', 'Number of block map B-tree compares for a filesystem.'),
    counter('block_map_btree_records_inserted_total', 'Number of block map B-tree records inserted for a filesystem.'),
    counter('block_map_btree_records_deleted_total', 'Number of block map B-tree records deleted for a filesystem.'),
  ],
  dir: [
    counter(
      'directory_operation_lookup_total',
      'Number of file name directory lookups which miss the operating systems directory name lookup cache.',
    ),
    counter('directory_operation_create_total', 'Number of times a new directory entry was created for a filesystem.'),
    counter(
      'directory_operation_remove_total',
      'Number of times an existing directory entry was created for a filesystem.',
    ),
    counter(
      'directory_operation_getdents_total',
      'Number of times the directory getdents operation was performed for a filesystem.',
    ),
  ],
  ig: [
    counter('inode_operation_attempts_total', 'Number of times the OS looked for an XFS inode in the inode cache.'),
    counter(
      'inode_operation_found_total',
      'Number of times the OS looked for and found an XFS inode in the inode cache.',
    ),
    counter(
      'inode_operation_recycled_total',
      'Number of times the OS found an XFS inode in the cache, but could not use it as it was being recycled.',
    ),
    counter(
      'inode_operation_missed_total',
      'Number of times the OS looked for an XFS inode in the cache, but did not find it.',
    ),
    counter(
      'inode_operation_duplicates_total',
      'Number of times the OS tried to add a missing XFS inode to the inode cache, but found it had already been added by another process.',
    ),
    counter(
      'inode_operation_reclaims_total',
      'Number of times the OS reclaimed an XFS inode from the inode cache to free memory for another purpose.',
    ),
    counter(
      'inode_operation_attribute_changes_total',
      'Number of times the OS explicitly changed the attributes of an XFS inode.',
    ),
  ],
  rw: [
    counter('write_calls_total', 'Number of write(2) system calls made to files in a filesystem.'),
    counter('read_calls_total', 'Number of read(2) system calls made to files in a filesystem.'),
  ],
  vnodes: [
    counter('vnode_active_total', 'Number of vnodes not on free lists for a filesystem.'),
    counter('vnode_allocate_total', 'Number of times vn_alloc called for a filesystem.'),
    counter('vnode_get_total', 'Number of times vn_get called for a filesystem.'),
    counter('vnode_hold_total', 'Number of times vn_hold called for a filesystem.'),
    counter('vnode_release_total', 'Number of times vn_rele called for a filesystem.'),
    counter('vnode_reclaim_total', 'Number of times vn_reclaim called for a filesystem.'),
    counter('vnode_remove_total', 'Number of times vn_remove called for a filesystem.'),
  ],
};

/** Rows to which newer kernels add a column without a metric: the number of free vnodes. */
const longerRows = new Set(['vnodes']);

const metrics = Object.values(rows).flat();

export const xfs: Collector = {
  name: 'xfs',
  defaultEnabled: true,
  help: 'Exposes operation counters of XFS file systems, from /sys/fs/xfs, which exists since Linux 4.4.',
  docs: { source: '/sys/fs/xfs' },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const root = join(paths.sysfs, 'fs', 'xfs');
    const noSamples = createSampleTable(metrics).families();
    return () => {
      const entries = listFolder(root);
      if (entries === undefined) return noSamples;
      const table = createSampleTable(metrics);
      for (const { name: device } of entries) {
        const path = join(root, device, 'stats', 'stats');
        const values = attributes.parsed(path, (text) => parseXfsStats(text, device, faults));
        for (const [metric, value] of values ?? []) table.add(metric, { device }, value);
      }
      return table.families();
    };
  },
};

/** Returns the values by metric. A malformed row or value is reported and omitted. Unknown rows are ignored. */
export function parseXfsStats(text: string, device: string, faults: ValueFaults): Map<Metric, number> {
  const values = new Map<Metric, number>();
  const lines = parseLines(text).map(parseWords);
  if (!lines.some(([name = '']) => Object.hasOwn(rows, name)))
    throw new Error(`xfs ${device}: expected rows such as ${Object.keys(rows).join(', ')}, got none`);
  for (const [name = '', ...words] of lines) {
    const columns = rows[name];
    if (columns === undefined) continue;
    const where = `xfs ${device} ${name}`;
    const hasMore = longerRows.has(name) && words.length === columns.length + 1;
    if (words.length !== columns.length && !hasMore) {
      faults.report(where, new Error(`${where}: expected ${columns.length} values, got ${words.length}`));
      continue;
    }
    const numbers = parseRow(words.slice(0, columns.length), {
      columns: columns.map((each) => each.name),
      where,
      faults,
    });
    for (const [column, metric] of columns.entries()) {
      const value = numbers[column];
      if (value !== undefined) values.set(metric, value);
    }
  }
  return values;
}

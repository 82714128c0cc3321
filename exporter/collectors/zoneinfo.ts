/** Exposes page counts and watermarks of each memory zone, from /proc/zoneinfo. Source: zoneinfo_show_print in the kernel's mm/vmstat.c */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { createSampleTable, type Metric } from '../exposition/sample-table.ts';
import { parseLines, parseUnsigned, parseWords, quote, readHostFile } from '../procfs/host-file.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

/** Metrics by the name of the line. The lines of a node follow the heading of its first zone. */
const metrics: ReadonlyMap<string, Metric> = new Map(
  (
    [
      ['nr_free_pages', 'nr_free_pages', 'Total number of free pages in the zone'],
      ['min', 'min_pages', 'Zone watermark pages_min'],
      ['low', 'low_pages', 'Zone watermark pages_low'],
      ['high', 'high_pages', 'Zone watermark pages_high'],
      ['scanned', 'scanned_pages', 'Pages scanned since last reclaim'],
      ['spanned', 'spanned_pages', 'Total pages spanned by the zone, including holes'],
      ['present', 'present_pages', 'Physical pages existing within the zone'],
      ['managed', 'managed_pages', 'Present pages managed by the buddy system'],
      ['nr_active_anon', 'nr_active_anon_pages', 'Number of anonymous pages recently more used'],
      ['nr_inactive_anon', 'nr_inactive_anon_pages', 'Number of anonymous pages recently less used'],
      ['nr_isolated_anon', 'nr_isolated_anon_pages', 'Temporary isolated pages from anon lru'],
      ['nr_anon_pages', 'nr_anon_pages', 'Number of anonymous pages currently used by the system'],
      [
        'nr_anon_transparent_hugepages',
        'nr_anon_transparent_hugepages',
        'Number of anonymous transparent huge pages currently used by the system',
      ],
      ['nr_active_file', 'nr_active_file_pages', 'Number of active pages with file-backing'],
      ['nr_inactive_file', 'nr_inactive_file_pages', 'Number of inactive pages with file-backing'],
      ['nr_isolated_file', 'nr_isolated_file_pages', 'Temporary isolated pages from file lru'],
      ['nr_file_pages', 'nr_file_pages', 'Number of file pages'],
      ['nr_slab_reclaimable', 'nr_slab_reclaimable_pages', 'Number of reclaimable slab pages'],
      ['nr_slab_unreclaimable', 'nr_slab_unreclaimable_pages', 'Number of unreclaimable slab pages'],
      ['nr_mlock_stack', 'nr_mlock_stack_pages', 'mlock()ed pages found and moved off LRU'],
      ['nr_kernel_stack', 'nr_kernel_stacks', 'Number of kernel stacks'],
      ['nr_mapped', 'nr_mapped_pages', 'Number of mapped pages'],
      ['nr_dirty', 'nr_dirty_pages', 'Number of dirty pages'],
      ['nr_writeback', 'nr_writeback_pages', 'Number of writeback pages'],
      ['nr_unevictable', 'nr_unevictable_pages', 'Number of unevictable pages'],
      ['nr_shmem', 'nr_shmem_pages', 'Number of shmem pages (included tmpfs/GEM pages)'],
      ['nr_dirtied', 'nr_dirtied_total', 'Page dirtyings since bootup'],
      ['nr_written', 'nr_written_total', 'Page writings since bootup'],
      ['numa_hit', 'numa_hit_total', 'Allocated in intended node'],
      ['numa_miss', 'numa_miss_total', 'Allocated in non intended node'],
      ['numa_foreign', 'numa_foreign_total', 'Was intended here, hit elsewhere'],
      ['numa_interleave', 'numa_interleave_total', 'Interleaver preferred this zone'],
      ['numa_local', 'numa_local_total', 'Allocation from local node'],
      ['numa_other', 'numa_other_total', 'Allocation from other node'],
    ] as const
  ).map(([line, name, help]) => [line, metricOf(name, help)]),
);

function metricOf(name: string, help: string): Metric {
  return { name: `node_zoneinfo_${name}`, type: name.endsWith('_total') ? 'counter' : 'gauge', help };
}

export const zoneinfo: Collector = {
  name: 'zoneinfo',
  defaultEnabled: false,
  help: 'Exposes page counts and watermarks of each memory zone, from /proc/zoneinfo.',
  docs: { source: '/proc/zoneinfo', cost: 'about thirty series per zone' },
  flags: [],
  create({ paths, faults }) {
    const path = join(paths.procfs, 'zoneinfo');
    return () => {
      const table = createSampleTable();
      for (const { node, zone, values, protection } of parseZoneinfo(readHostFile(path), faults)) {
        for (const [line, metric] of metrics) table.add(metric, { node, zone }, values.get(line));
        for (const [index, value] of protection.entries())
          table.add(metricOf(`protection_${index}`, `Protection array ${index}. field`), { node, zone }, value);
      }
      return table.families();
    };
  },
};

export interface MemoryZone {
  readonly node: string;
  readonly zone: string;
  /** Numbers of pages and events by the name of the line. Lines without a metric are omitted. */
  readonly values: ReadonlyMap<string, number>;
  /** Pages that an allocation for a higher zone leaves free, by the number of the higher zone. */
  readonly protection: readonly number[];
}

const heading = /^Node (\d+), zone\s+(\w+)$/;
const protectionLine = /^protection: \((.*)\)$/;

/** Parses the zones of all nodes. A malformed line is reported and omitted. */
export function parseZoneinfo(text: string, faults: ValueFaults): MemoryZone[] {
  const zones: { node: string; zone: string; values: Map<string, number>; protection: number[] }[] = [];
  for (const line of parseLines(text).map((each) => each.trim())) {
    const [, node, zone] = heading.exec(line) ?? [];
    const current = zones.at(-1);
    if (node !== undefined && zone !== undefined) zones.push({ node, zone, values: new Map(), protection: [] });
    else if (line.startsWith('Node ') || current === undefined)
      throw new Error(`zoneinfo: expected a node and a zone, got ${quote(line)}`);
    else {
      const place = `zoneinfo node ${current.node} zone ${current.zone}`;
      if (line.startsWith('protection:'))
        current.protection = faults.attempt(`${place} protection`, () => parseProtection(line, place)) ?? [];
      else addValue(current.values, line, { place, faults });
    }
  }
  if (zones.length === 0) throw new Error(`zoneinfo: expected a node and a zone, got ${quote(text)}`);
  return zones;
}

function addValue(
  values: Map<string, number>,
  line: string,
  { place, faults }: { readonly place: string; readonly faults: ValueFaults },
): void {
  const [name = '', word] = parseWords(line);
  if (!metrics.has(name)) return;
  const value = faults.attempt(`${place} ${name}`, () => parseUnsigned(word, `${place} ${name}`));
  if (value !== undefined) values.set(name, value);
}

/** Parses `protection: (0, 3018, 24090)`. */
function parseProtection(line: string, place: string): number[] {
  const [, list] = protectionLine.exec(line) ?? [];
  if (list === undefined) throw new Error(`${place}: expected a list of pages, got ${quote(line)}`);
  return list.split(', ').map((word) => parseUnsigned(word, `${place} protection`));
}

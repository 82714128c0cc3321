/** Exposes statistics of the kernel's object caches, from /proc/slabinfo, which only root may read. Source: slabinfo(5) */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { compileNameFilter, type NameFilterFlags, nameFilterFlags } from '../collector/name-filter.ts';
import { createSampleTable, type Metric } from '../exposition/sample-table.ts';
import { parseLines, parseRow, parseWords, quote, readHostFile } from '../procfs/host-file.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

const filterFlags: NameFilterFlags = { collector: 'slabinfo', include: 'slabs-include', exclude: 'slabs-exclude' };

/** In the order of the columns. */
const metrics: readonly Metric[] = [
  gauge('active_objects', 'The number of objects that are currently active (i.e., in use).'),
  gauge('objects', 'The total number of allocated objects (i.e., objects that are both in use and not in use).'),
  gauge('object_size_bytes', 'The size of objects in this slab, in bytes.'),
  gauge('objects_per_slab', 'The number of objects stored in each slab.'),
  gauge('pages_per_slab', 'The number of pages allocated for each slab.'),
];

function gauge(name: string, help: string): Metric {
  return { name: `node_slabinfo_${name}`, type: 'gauge', help };
}

export const slabinfo: Collector = {
  name: 'slabinfo',
  defaultEnabled: false,
  help: "Exposes statistics of the kernel's object caches, from /proc/slabinfo, which only root may read.",
  docs: {
    source: '/proc/slabinfo, which only root may read',
    cost: 'five series per cache; reduce with `--collector.slabinfo.slabs-include`',
  },
  flags: nameFilterFlags('slabs', filterFlags),
  create({ paths, flags, faults }) {
    const isShown = compileNameFilter(flags, filterFlags);
    const path = join(paths.procfs, 'slabinfo');
    return () => {
      const table = createSampleTable(metrics);
      for (const { slab, values } of parseSlabinfo(readHostFile(path), faults)) {
        if (!isShown(slab)) continue;
        for (const [column, metric] of metrics.entries()) table.add(metric, { slab }, values[column]);
      }
      return table.families();
    };
  },
};

export interface Slab {
  readonly slab: string;
  /** In the order of the columns. */
  readonly values: readonly (number | undefined)[];
}

const columns = ['active_objs', 'num_objs', 'objsize', 'objperslab', 'pagesperslab'];

/**
 * A line of /proc/slabinfo version 2.x has 16 words: the name, five numbers, `:`, `tunables`, three numbers, `:`, `slabdata` and three
 * numbers.
 */
const lineWords = 16;

/** Returns the caches that the file lists. A malformed line or value is reported and omitted. */
export function parseSlabinfo(text: string, faults: ValueFaults): Slab[] {
  const [version = '', ...lines] = parseLines(text);
  if (!version.startsWith('slabinfo - version: 2'))
    throw new Error(`slabinfo: expected version 2, got ${quote(version)}`);
  const slabs: Slab[] = [];
  for (const line of lines) {
    if (line.startsWith('#')) continue;
    const [slab = '', ...words] = parseWords(line);
    const where = `slabinfo ${slab}`;
    if (words.length !== lineWords - 1) {
      faults.report(where, new Error(`${where}: expected ${lineWords} words, got ${words.length + 1}`));
      continue;
    }
    slabs.push({ slab, values: parseRow(words.slice(0, columns.length), { columns, where, faults }) });
  }
  return slabs;
}

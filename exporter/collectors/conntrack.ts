/** Exposes the size, limit and statistics of the connection tracking table, from /proc/sys/net/netfilter and /proc/net/stat. */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { type Family, single } from '../exposition/family.ts';
import { parseHex, parseLines, parseWords, quote } from '../procfs/host-file.ts';
import { createAttributeReader } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

/** In the order of exposition: name and help of the metric, and its column in /proc/net/stat/nf_conntrack. */
const statistics = [
  ['drop', 'Number of packets dropped due to conntrack failure.', 10],
  [
    'early_drop',
    'Number of dropped conntrack entries to make room for new ones, if maximum table size was reached.',
    11,
  ],
  ['found', 'Number of searched entries which were successful.', 2],
  ['ignore', 'Number of packets seen which are already connected to a conntrack entry.', 5],
  ['insert', 'Number of entries inserted into the list.', 8],
  ['insert_failed', 'Number of entries for which list insertion was attempted but failed.', 9],
  ['invalid', 'Number of packets seen which can not be tracked.', 4],
  ['search_restart', 'Number of conntrack table lookups which had to be restarted due to hashtable resizes.', 16],
] as const;

/** Linux 2.6.35 added the last column, search_restart. */
const knownWidths = [16, 17];

export const conntrack: Collector = {
  name: 'conntrack',
  defaultEnabled: true,
  help: 'Exposes the size, limit and statistics of the connection tracking table, from /proc/sys/net/netfilter and /proc/net/stat.',
  docs: { source: '/proc/sys/net/netfilter, /proc/net/stat/nf_conntrack' },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const netfilter = join(paths.procfs, 'sys', 'net', 'netfilter');
    const sizes = [
      [
        join(netfilter, 'nf_conntrack_count'),
        'node_nf_conntrack_entries',
        'Number of currently allocated flow entries for connection tracking.',
      ],
      [
        join(netfilter, 'nf_conntrack_max'),
        'node_nf_conntrack_entries_limit',
        'Maximum size of connection tracking table.',
      ],
    ] as const;
    const statPath = join(paths.procfs, 'net', 'stat', 'nf_conntrack');
    return () => {
      const families: Family[] = [];
      for (const [path, name, help] of sizes) {
        const value = attributes.unsigned(path);
        if (value !== undefined) families.push(single(name, help, 'gauge', value));
      }
      // Kernels without CONFIG_NF_CONNTRACK_PROCFS have only the sizes. Without the module, none of the files exist.
      const sums = attributes.parsed(statPath, (text) => parseConntrackStat(text, faults)) ?? [];
      return [...families, ...statisticFamilies(sums)];
    };
  },
};

/**
 * Returns the sum over all CPUs for each column. The sum is undefined when a value of the column is malformed, which is reported.
 * Values are hexadecimal. Source: ct_cpu_seq_show in the kernel's net/netfilter/nf_conntrack_standalone.c
 */
export function parseConntrackStat(text: string, faults: ValueFaults): readonly (number | undefined)[] {
  const [header, ...lines] = parseLines(text);
  const width = parseWords(header ?? '').length;
  if (!header?.startsWith('entries') || lines.length === 0) {
    throw new Error(`nf_conntrack: expected headings and a line for each cpu, got ${quote(text)}`);
  }
  const rows: string[][] = [];
  for (const line of lines) {
    const words = parseWords(line);
    if (!knownWidths.includes(words.length) || words.length !== width) {
      throw new Error(`nf_conntrack: expected ${width} values, got ${quote(line)}`);
    }
    rows.push(words);
  }
  return Array.from({ length: width }, (_, column) => {
    const where = `nf_conntrack column ${column + 1}`;
    return faults.attempt(where, () => rows.reduce((sum, words) => sum + parseHex(words[column], where), 0));
  });
}

function statisticFamilies(sums: readonly (number | undefined)[]): Family[] {
  return statistics.flatMap(([name, help, column]) => {
    const value = sums[column];
    return value === undefined ? [] : [single(`node_nf_conntrack_stat_${name}`, help, 'gauge', value)];
  });
}

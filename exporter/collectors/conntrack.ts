/** The connection tracking table of netfilter: its size, its limit and its statistics. */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { type Family, single } from '../exposition/family.ts';
import {
  parseHex,
  parseLine,
  parseLines,
  parseUnsigned,
  parseWords,
  quote,
  tryReadHostFile,
} from '../procfs/host-file.ts';

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
  help: 'Size, limit and statistics of the connection tracking table, from /proc/sys/net/netfilter and /proc/net/stat.',
  flags: [],
  create({ paths }) {
    const netfilter = join(paths.procfs, 'sys', 'net', 'netfilter');
    const countPath = join(netfilter, 'nf_conntrack_count');
    const maxPath = join(netfilter, 'nf_conntrack_max');
    const statPath = join(paths.procfs, 'net', 'stat', 'nf_conntrack');
    return () => {
      const [count, max, stat] = [countPath, maxPath, statPath].map(tryReadHostFile);
      // The module is not loaded.
      if (count === undefined || max === undefined || stat === undefined) return [];
      return [
        single(
          'node_nf_conntrack_entries',
          'Number of currently allocated flow entries for connection tracking.',
          'gauge',
          parseUnsigned(parseLine(count, countPath), countPath),
        ),
        single(
          'node_nf_conntrack_entries_limit',
          'Maximum size of connection tracking table.',
          'gauge',
          parseUnsigned(parseLine(max, maxPath), maxPath),
        ),
        ...statisticFamilies(parseConntrackStat(stat)),
      ];
    };
  },
};

/** Returns the sum over all CPUs for each column. Values are hexadecimal. Source: ct_cpu_seq_show in the kernel's net/netfilter/nf_conntrack_standalone.c */
export function parseConntrackStat(text: string): readonly number[] {
  const [header, ...lines] = parseLines(text);
  const width = parseWords(header ?? '').length;
  if (!header?.startsWith('entries') || lines.length === 0) {
    throw new Error(`nf_conntrack: expected headings and a line for each cpu, got ${quote(text)}`);
  }
  const sums: number[] = [];
  for (const line of lines) {
    const words = parseWords(line);
    if (!knownWidths.includes(words.length) || words.length !== width) {
      throw new Error(`nf_conntrack: expected ${width} values, got ${quote(line)}`);
    }
    for (const [column, word] of words.entries()) sums[column] = (sums[column] ?? 0) + parseHex(word, 'nf_conntrack');
  }
  return sums;
}

function statisticFamilies(sums: readonly number[]): Family[] {
  return statistics.flatMap(([name, help, column]) => {
    const value = sums[column];
    return value === undefined ? [] : [single(`node_nf_conntrack_stat_${name}`, help, 'gauge', value)];
  });
}

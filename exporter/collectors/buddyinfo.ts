/** Exposes the number of free memory blocks per node, zone and block size, from /proc/buddyinfo. Source: https://docs.kernel.org/filesystems/proc.html */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { gauge, type Sample } from '../exposition/family.ts';
import { parseLines, parseRow, parseWords, quote, readHostFile } from '../procfs/host-file.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

export const buddyinfo: Collector = {
  name: 'buddyinfo',
  defaultEnabled: false,
  help: 'Exposes the number of free memory blocks per node, zone and block size, from /proc/buddyinfo.',
  docs: { source: '/proc/buddyinfo', cost: 'eleven series per zone' },
  flags: [],
  create({ paths, faults }) {
    const path = join(paths.procfs, 'buddyinfo');
    return () => [
      gauge(
        'node_buddyinfo_blocks',
        'Count of free blocks according to size.',
        parseBuddyinfo(readHostFile(path), faults),
      ),
    ];
  },
};

/** Matches the line of a zone: the node, the zone, and the numbers of free blocks of 1, 2, 4 and more pages. */
const zoneLine = /^Node +(\d+), +zone +(\w+)((?: +\S+)+) *$/;

/**
 * Returns a sample for each node, zone and block size. The label `size` is an exponent: a block of size 3 has 8 pages. A malformed
 * line or value is reported and omitted.
 */
export function parseBuddyinfo(text: string, faults: ValueFaults): Sample[] {
  return parseLines(text).flatMap((line) => {
    const [, node, zone, counts] = zoneLine.exec(line) ?? [];
    if (node === undefined || zone === undefined || counts === undefined) {
      faults.report('buddyinfo line', new Error(`buddyinfo: expected a node, a zone and counts, got ${quote(line)}`));
      return [];
    }
    const words = parseWords(counts);
    const columns = words.map((_, size) => `size ${size}`);
    const values = parseRow(words, { columns, where: `buddyinfo node ${node} ${zone}`, faults });
    return values.flatMap((value, size) =>
      value === undefined ? [] : [{ labels: { node, size: String(size), zone }, value }],
    );
  });
}

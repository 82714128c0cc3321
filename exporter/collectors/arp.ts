/**
 * Exposes the number of ARP table entries per device, from /proc/net/arp. node_exporter reads netlink by default and omits entries
 * that need no ARP; the kernel omits these entries from the file.
 */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { memoize } from '../collector/memoize.ts';
import { compileNameFilter, type NameFilterFlags, nameFilterFlags } from '../collector/name-filter.ts';
import { gauge } from '../exposition/family.ts';
import { parseLines, parseWords, quote, readHostFile } from '../procfs/host-file.ts';

const filterFlags: NameFilterFlags = { collector: 'arp', include: 'device-include', exclude: 'device-exclude' };

export const arp: Collector = {
  name: 'arp',
  defaultEnabled: true,
  help: 'Exposes the number of ARP table entries per device, from /proc/net/arp.',
  docs: {
    source: '/proc/net/arp',
    differences: [
      {
        upstream: 'reads netlink, and /proc/net/arp with `--no-collector.arp.netlink`',
        here: 'reads /proc/net/arp; accepts the flag without effect',
        reason: 'Node.js cannot open netlink sockets; both sources have the same numbers',
      },
    ],
  },
  flags: [
    ...nameFilterFlags('arp devices', filterFlags),
    {
      name: 'netlink',
      help: 'Accepted for compatibility with node_exporter; the entries always come from /proc/net/arp.',
      isSwitch: true,
      isHidden: true,
      default: 'true',
    },
  ],
  create({ paths, flags }) {
    const isShown = compileNameFilter(flags, filterFlags);
    const path = join(paths.procfs, 'net', 'arp');
    const labelsOf = memoize((device) => ({ device }));
    return () => {
      const counts = [...parseArp(readHostFile(path))].filter(([device]) => isShown(device));
      const samples = counts.map(([device, value]) => ({ labels: labelsOf(device), value }));
      return [gauge('node_arp_entries', 'ARP entries by device', samples)];
    };
  },
};

/** Matches a row: address, hardware type, flags, hardware address, mask, device. Source: proc_net_arp(5) */
const row = /^[0-9a-f.:]+ 0x[0-9a-f]+ 0x[0-9a-f]+ [0-9a-f:*]+ [0-9a-f.:*]+ (\S+)$/i;

/** Returns the number of entries by device. */
export function parseArp(text: string): Map<string, number> {
  const [header, ...lines] = parseLines(text);
  if (header === undefined || !header.startsWith('IP address'))
    throw new Error(`net/arp: expected headings, got ${quote(header)}`);
  const counts = new Map<string, number>();
  for (const line of lines) {
    const device = row.exec(parseWords(line).join(' '))?.[1];
    if (device === undefined) throw new Error(`net/arp: expected an entry of 6 columns, got ${quote(line)}`);
    counts.set(device, (counts.get(device) ?? 0) + 1);
  }
  return counts;
}

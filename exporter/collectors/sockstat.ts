/**
 * Exposes the number of sockets in use, orphaned and in TIME_WAIT, from /proc/net/sockstat and sockstat6. A read of these files
 * costs O(1), unlike a read of /proc/net/tcp.
 */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { memoize } from '../collector/memoize.ts';
import { type Family, single } from '../exposition/family.ts';
import { parseLines, parseSigned, parseWords, quote } from '../procfs/host-file.ts';
import { readPageSizeBytes } from '../procfs/page-size.ts';
import { createAttributeReader } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

/** The exposed states. As in node_exporter, states that later kernels add are omitted. */
const states = new Set(['inuse', 'orphan', 'tw', 'alloc', 'mem', 'memory']);

export interface ProtocolSockets {
  /** `TCP` or `UDP6`, for example; `sockets` in the line about all sockets. */
  readonly protocol: string;
  /** Counts by state: `inuse`, `tw`, `mem` (pages), `memory` (bytes). */
  readonly counts: readonly [state: string, count: number][];
}

export const sockstat: Collector = {
  name: 'sockstat',
  defaultEnabled: true,
  help: 'Exposes the number of sockets in use, orphaned and in TIME_WAIT, from /proc/net/sockstat and sockstat6.',
  docs: { source: '/proc/net/sockstat, sockstat6' },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const files = ['sockstat', 'sockstat6'].map((file) => join(paths.procfs, 'net', file));
    const metricOf = memoize(makeMetric);
    let pageBytes: number | undefined;
    return () => {
      const bytesPerPage = (pageBytes ??= readPageSizeBytes());
      return files.flatMap((path) => {
        // A kernel without IPv4 or IPv6 lacks that file.
        const text = attributes.text(path);
        return text === undefined
          ? []
          : parseSockstat(text, faults).flatMap((sockets) => familiesOf(sockets, bytesPerPage, metricOf));
      });
    };
  },
};

/** Parses lines of `TCP: inuse 5 orphan 0`, in the order of the file. */
export function parseSockstat(text: string, faults: ValueFaults): ProtocolSockets[] {
  const protocols: ProtocolSockets[] = [];
  for (const line of parseLines(text)) {
    const [first = '', ...words] = parseWords(line);
    const protocol = first.slice(0, -1);
    if (!/^[A-Za-z0-9_]+:$/.test(first) || words.length === 0 || words.length % 2 !== 0)
      faults.report(
        `sockstat ${protocol}`,
        new Error(`sockstat: expected "protocol: state count", got ${quote(line)}`),
      );
    else protocols.push({ protocol, counts: parseCounts(protocol, words, faults) });
  }
  return protocols;
}

function parseCounts(protocol: string, words: readonly string[], faults: ValueFaults): [string, number][] {
  const counts: [string, number][] = [];
  for (let index = 0; index < words.length; index += 2) {
    const state = words[index] as string;
    const place = `sockstat ${protocol} ${state}`;
    try {
      counts.push([state, parseSigned(words[index + 1], place)]);
    } catch (error) {
      faults.report(place, error);
    }
  }
  return counts;
}

function familiesOf({ protocol, counts }: ProtocolSockets, pageBytes: number, metricOf: MetricOf): Family[] {
  if (protocol === 'sockets') {
    const used = counts.find(([state]) => state === 'used');
    if (used === undefined) return [];
    return [single('node_sockstat_sockets_used', 'Number of IPv4 sockets in use.', 'gauge', used[1])];
  }
  const families: Family[] = [];
  const add = (state: string, count: number) => {
    const { name, help } = metricOf(`${protocol} ${state}`);
    families.push(single(name, help, 'gauge', count));
  };
  for (const [state, count] of counts) {
    if (!states.has(state)) continue;
    add(state, count);
    if (state === 'mem') add('mem_bytes', count * pageBytes);
  }
  return families;
}

/** Returns the metric of a protocol and state: `TCP inuse`. */
type MetricOf = (key: string) => { readonly name: string; readonly help: string };

function makeMetric(key: string): { readonly name: string; readonly help: string } {
  const [protocol = '', state = ''] = key.split(' ');
  return { name: `node_sockstat_${protocol}_${state}`, help: `Number of ${protocol} sockets in state ${state}.` };
}

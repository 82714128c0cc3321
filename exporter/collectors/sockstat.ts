/** Sockets in use by protocol, from /proc/net/sockstat and sockstat6: counts in O(1), unlike /proc/net/tcp. */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { remembered } from '../collector/memoize.ts';
import { type Family, single } from '../exposition/family.ts';
import { tryReadHostFile } from '../procfs/host-file.ts';
import { readPageSizeBytes } from '../procfs/page-size.ts';
import { parseLines, parseSigned, parseWords, quote } from '../procfs/parse.ts';

/** The states that are shown; what a later kernel adds is left out, as node_exporter does. */
const states = new Set(['inuse', 'orphan', 'tw', 'alloc', 'mem', 'memory']);

export interface ProtocolSockets {
  /** `TCP`, `UDP6`; `sockets` for the line of all sockets. */
  readonly protocol: string;
  /** By the kernel's word: `inuse`, `tw`, `mem` (pages), `memory` (bytes). */
  readonly counts: readonly [state: string, count: number][];
}

export const sockstat: Collector = {
  name: 'sockstat',
  defaultEnabled: true,
  help: 'Sockets in use, orphaned and in TIME_WAIT, from /proc/net/sockstat and sockstat6.',
  flags: [],
  create({ paths }) {
    const files = ['sockstat', 'sockstat6'].map((file) => join(paths.procfs, 'net', file));
    const headOf = remembered(makeHead);
    let pageBytes: number | undefined;
    return () => {
      const known = (pageBytes ??= readPageSizeBytes());
      return files.flatMap((path) => {
        // Either file is missing where the kernel has that protocol switched off.
        const text = tryReadHostFile(path);
        return text === undefined ? [] : parseSockstat(text).flatMap((sockets) => familiesOf(sockets, known, headOf));
      });
    };
  },
};

/** Lines of `TCP: inuse 5 orphan 0`, in the file's order. */
export function parseSockstat(text: string): ProtocolSockets[] {
  return parseLines(text).map((line) => {
    const [head = '', ...words] = parseWords(line);
    if (!/^[A-Za-z0-9_]+:$/.test(head) || words.length === 0 || words.length % 2 !== 0) {
      throw new Error(`sockstat: expected "protocol: state count", got ${quote(line)}`);
    }
    const protocol = head.slice(0, -1);
    const counts: [string, number][] = [];
    for (let index = 0; index < words.length; index += 2) {
      const state = words[index] as string;
      counts.push([state, parseSigned(words[index + 1], `sockstat ${protocol} ${state}`)]);
    }
    return { protocol, counts };
  });
}

function familiesOf({ protocol, counts }: ProtocolSockets, pageBytes: number, headOf: HeadOf): Family[] {
  if (protocol === 'sockets') {
    const used = counts.find(([state]) => state === 'used');
    if (used === undefined) return [];
    return [single('node_sockstat_sockets_used', 'Number of IPv4 sockets in use.', 'gauge', used[1])];
  }
  const families: Family[] = [];
  const add = (state: string, count: number) => {
    const { name, help } = headOf(`${protocol} ${state}`);
    families.push(single(name, help, 'gauge', count));
  };
  for (const [state, count] of counts) {
    if (!states.has(state)) continue;
    add(state, count);
    if (state === 'mem') add('mem_bytes', count * pageBytes);
  }
  return families;
}

/** By protocol and state: `TCP inuse`. */
type HeadOf = (key: string) => { readonly name: string; readonly help: string };

function makeHead(key: string): { readonly name: string; readonly help: string } {
  const [protocol = '', state = ''] = key.split(' ');
  return { name: `node_sockstat_${protocol}_${state}`, help: `Number of ${protocol} sockets in state ${state}.` };
}

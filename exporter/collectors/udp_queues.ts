/** Bytes in the queues of UDP sockets, from /proc/net/udp and udp6. */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { type Family, gauge, type Sample } from '../exposition/family.ts';
import { createSocketTables, type SocketSums } from '../procfs/socket-tables.ts';

const help = 'Number of allocated memory in the kernel for UDP datagrams in bytes.';

export const udpQueues: Collector = {
  name: 'udp_queues',
  defaultEnabled: true,
  help: 'Bytes in the queues of UDP sockets, from /proc/net/udp and udp6.',
  flags: [],
  create({ paths, now = Date.now }) {
    const read = createSocketTables(
      ['udp', 'udp6'].map((file) => join(paths.procfs, 'net', file)),
      { now },
    );
    return async (signal) => {
      const tables = await read(signal);
      if (tables.every((table) => table === undefined)) return [];
      return [familyOf(tables)];
    };
  },
};

function familyOf(tables: readonly (SocketSums | undefined)[]): Family {
  const samples = tables.flatMap((table, index): Sample[] => {
    const ip = index === 0 ? 'v4' : 'v6';
    if (table === undefined) return [];
    return [
      { labels: { ip, queue: 'rx' }, value: table.rxQueuedBytes },
      { labels: { ip, queue: 'tx' }, value: table.txQueuedBytes },
    ];
  });
  return gauge('node_udp_queues', help, samples);
}

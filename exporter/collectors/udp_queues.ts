/** Exposes the number of bytes in the queues of UDP sockets, from /proc/net/udp and udp6. */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { type Family, gauge, type Sample } from '../exposition/family.ts';
import { createSocketTables, type SocketTable } from '../procfs/socket-tables.ts';

const help = 'Number of allocated memory in the kernel for UDP datagrams in bytes.';

export const udpQueues: Collector = {
  name: 'udp_queues',
  defaultEnabled: true,
  help: 'Exposes the number of bytes in the queues of UDP sockets, from /proc/net/udp and udp6.',
  docs: { source: '/proc/net/udp, udp6' },
  flags: [],
  create({ paths, faults, now = Date.now, workLimitMs }) {
    const files = ['udp', 'udp6'].map((file) => join(paths.procfs, 'net', file));
    const read = createSocketTables(files, { now, limitMs: workLimitMs });
    return async (signal) => {
      const tables = await read(signal);
      if (tables.every((table) => table === undefined)) return [];
      for (const [index, table] of tables.entries())
        if (Error.isError(table)) faults.report(files[index] as string, table);
      return [familyOf(tables)];
    };
  },
};

function familyOf(tables: readonly SocketTable[]): Family {
  const samples = tables.flatMap((table, index): Sample[] => {
    const ip = index === 0 ? 'v4' : 'v6';
    if (table === undefined || Error.isError(table)) return [];
    return [
      { labels: { ip, queue: 'rx' }, value: table.rxQueuedBytes },
      { labels: { ip, queue: 'tx' }, value: table.txQueuedBytes },
    ];
  });
  return gauge('node_udp_queues', help, samples);
}

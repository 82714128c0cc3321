/**
 * Exposes the number of TCP sockets by state, from /proc/net/tcp and tcp6. Off by default: the kernel iterates over every socket.
 * node_exporter reads the same numbers from netlink. The read has a work budget: ../procfs/socket-tables.ts
 */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { type Family, gauge, type Sample } from '../exposition/family.ts';
import { createSocketTables, type SocketSums } from '../procfs/socket-tables.ts';

/** States by their number in the file. Source: include/net/tcp_states.h */
const states: Readonly<Record<number, string>> = {
  1: 'established',
  2: 'syn_sent',
  3: 'syn_recv',
  4: 'fin_wait1',
  5: 'fin_wait2',
  6: 'time_wait',
  7: 'close',
  8: 'close_wait',
  9: 'last_ack',
  10: 'listen',
  11: 'closing',
  // A separate state within the kernel, shown as syn_recv in this file.
  12: 'syn_recv',
};

export const tcpstat: Collector = {
  name: 'tcpstat',
  defaultEnabled: false,
  help: 'Exposes the number of TCP sockets by state, from /proc/net/tcp and tcp6; the cost grows with the number of sockets.',
  docs: {
    source: '/proc/net/tcp, tcp6',
    cost: 'the kernel iterates over every socket',
    differences: [
      {
        upstream: 'counts the backlog limits of listening sockets as queued bytes',
        here: 'counts the used backlogs, as /proc/net/tcp does',
        reason: 'Node.js cannot open netlink sockets',
      },
    ],
  },
  flags: [],
  create({ paths, now = Date.now, workLimitMs }) {
    const files = ['tcp', 'tcp6'].map((file) => join(paths.procfs, 'net', file));
    const read = createSocketTables(files, { now, limitMs: workLimitMs });
    return async (signal) => {
      const [v4, v6] = await read(signal);
      // A sum over one of two tables would be wrong.
      if (Error.isError(v4)) throw v4;
      if (Error.isError(v6)) throw v6;
      if (v4 === undefined) throw new Error(`${files[0]}: no such file`);
      return [familyOf(v6 === undefined ? [v4] : [v4, v6])];
    };
  },
};

/** Returns the number of sockets by state. Omits states without sockets, as node_exporter does. */
function familyOf(tables: readonly SocketSums[]): Family {
  const counts = new Map<string, number>();
  const add = (state: string, count: number) => counts.set(state, (counts.get(state) ?? 0) + count);
  for (const { rxQueuedBytes, txQueuedBytes, sockets, byState } of tables) {
    for (const [state, count] of byState) add(states[state] ?? 'unknown', count);
    if (sockets > 0) add('rx_queued_bytes', rxQueuedBytes);
    if (sockets > 0) add('tx_queued_bytes', txQueuedBytes);
  }
  const samples = [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([state, value]): Sample => ({ labels: { state }, value }));
  return gauge('node_tcp_connection_states', 'Number of connection states.', samples);
}

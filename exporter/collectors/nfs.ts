/** Exposes the number of requests of the NFS client by version and method, from /proc/net/rpc/nfs. `nfsstat -c` prints the same numbers. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { createSampleTable, type Metric } from '../exposition/sample-table.ts';
import { parseRpcStatistics, type RpcLine } from '../procfs/rpc-statistics.ts';
import { createAttributeReader } from '../procfs/sysfs.ts';
import { version2Methods, version3Methods, version4ClientMethods } from './nfs/nfs-methods.ts';

const metrics = {
  connections: counter('connections_total', 'Total number of NFSd TCP connections.'),
  packets: counter('packets_total', 'Total NFSd network packets (sent+received) by protocol type.'),
  requests: counter('requests_total', 'Number of NFS procedures invoked.'),
  refreshes: counter('rpc_authentication_refreshes_total', 'Number of RPC authentication refreshes performed.'),
  retransmissions: counter('rpc_retransmissions_total', 'Number of RPC transmissions performed.'),
  rpcs: counter('rpcs_total', 'Total number of RPCs performed.'),
};

function counter(name: string, help: string): Metric {
  return { name: `node_nfs_${name}`, type: 'counter', help };
}

const lines: Readonly<Record<string, RpcLine>> = {
  net: { columns: ['', 'udp', 'tcp', 'connections'] },
  rpc: { columns: ['rpcs', 'retransmissions', 'refreshes'] },
  proc2: { columns: version2Methods, isCounted: true },
  proc3: { columns: version3Methods, isCounted: true },
  proc4: { columns: version4ClientMethods, isCounted: true },
};

export const nfs: Collector = {
  name: 'nfs',
  defaultEnabled: true,
  help: 'Exposes the number of requests of the NFS client by version and method, from /proc/net/rpc/nfs.',
  docs: {
    source: '/proc/net/rpc/nfs',
    differences: [
      {
        upstream: 'exposes no NFS 4 method when the kernel has more methods than node_exporter knows',
        here: 'exposes the known methods',
        reason: 'new kernels append methods',
      },
    ],
  },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const path = join(paths.procfs, 'net', 'rpc', 'nfs');
    return () => {
      if (!existsSync(path)) return [];
      const options = { where: 'net/rpc/nfs', faults };
      const statistics = attributes.parsed(path, (text) => parseRpcStatistics(text, lines, options));
      const table = createSampleTable(Object.values(metrics));
      const [net, rpc] = [statistics?.get('net'), statistics?.get('rpc')];
      table.add(metrics.connections, {}, net?.get('connections'));
      for (const protocol of ['tcp', 'udp']) table.add(metrics.packets, { protocol }, net?.get(protocol));
      for (const name of ['rpcs', 'retransmissions', 'refreshes'] as const)
        table.add(metrics[name], {}, rpc?.get(name));
      for (const proto of ['2', '3', '4']) {
        for (const [method, value] of statistics?.get(`proc${proto}`) ?? [])
          table.add(metrics.requests, { method, proto }, value);
      }
      return table.families();
    };
  },
};

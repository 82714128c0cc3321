/** Exposes requests, threads and caches of the NFS server, from /proc/net/rpc/nfsd. `nfsstat -s` prints the same numbers. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import type { Labels } from '../exposition/family.ts';
import { createSampleTable, type Metric } from '../exposition/sample-table.ts';
import { parseRpcStatistics, type RpcLine } from '../procfs/rpc-statistics.ts';
import { createAttributeReader } from '../procfs/sysfs.ts';
import { version2Methods, version3Methods, version4ServerOperations } from './nfs/nfs-methods.ts';

function metric(type: 'counter' | 'gauge', name: string, help: string): Metric {
  return { name: `node_nfsd_${name}`, type, help };
}

const requests = metric('counter', 'requests_total', 'Total number NFSd Requests by method and protocol.');
const packets = metric('counter', 'packets_total', 'Total NFSd network packets (sent+received) by protocol type.');
const rpcErrors = metric('counter', 'rpc_errors_total', 'Total number of NFSd RPC errors by error type.');

/** Metrics of the values, by line and column of the file. */
const values: readonly (readonly [line: string, column: string, metric: Metric, labels: Labels])[] = [
  ['net', 'connections', metric('counter', 'connections_total', 'Total number of NFSd TCP connections.'), {}],
  ['io', 'read', metric('counter', 'disk_bytes_read_total', 'Total NFSd bytes read.'), {}],
  ['io', 'written', metric('counter', 'disk_bytes_written_total', 'Total NFSd bytes written.'), {}],
  ['fh', 'stale', metric('counter', 'file_handles_stale_total', 'Total number of NFSd stale file handles'), {}],
  ['net', 'tcp', packets, { proto: 'tcp' }],
  ['net', 'udp', packets, { proto: 'udp' }],
  [
    'ra',
    'not_found',
    metric('counter', 'read_ahead_cache_not_found_total', 'Total number of NFSd read ahead cache not found.'),
    {},
  ],
  ['ra', 'size', metric('gauge', 'read_ahead_cache_size_blocks', 'How large the read ahead cache is in blocks.'), {}],
  [
    'rc',
    'hits',
    metric('counter', 'reply_cache_hits_total', 'Total number of NFSd Reply Cache hits (client lost server response).'),
    {},
  ],
  [
    'rc',
    'misses',
    metric(
      'counter',
      'reply_cache_misses_total',
      'Total number of NFSd Reply Cache an operation that requires caching (idempotent).',
    ),
    {},
  ],
  [
    'rc',
    'nocache',
    metric(
      'counter',
      'reply_cache_nocache_total',
      'Total number of NFSd Reply Cache non-idempotent operations (rename/delete/…).',
    ),
    {},
  ],
  ['rpc', 'auth', rpcErrors, { error: 'auth' }],
  ['rpc', 'cInt', rpcErrors, { error: 'cInt' }],
  ['rpc', 'fmt', rpcErrors, { error: 'fmt' }],
  ['rpc', 'calls', metric('counter', 'server_rpcs_total', 'Total number of NFSd RPCs.'), {}],
  ['th', 'threads', metric('gauge', 'server_threads', 'Total number of NFSd kernel threads that are running.'), {}],
];

/** Methods that node_exporter omits. */
const omitted = new Set(['Null', 'PutPubFH', 'PutRootFH']);

function withoutOmitted(methods: readonly string[]): string[] {
  return methods.map((method) => (omitted.has(method) ? '' : method));
}

const lines: Readonly<Record<string, RpcLine>> = {
  rc: { columns: ['hits', 'misses', 'nocache'] },
  fh: { columns: ['stale', '', '', '', ''] },
  io: { columns: ['read', 'written'] },
  // Up to Linux 2.6.28, the line also contains a histogram of busy threads.
  th: { columns: ['threads', ''], hasMore: true },
  // Linux 5.4 removed the read-ahead cache.
  ra: { columns: ['size', '', '', '', '', '', '', '', '', '', '', 'not_found'] },
  net: { columns: ['', 'udp', 'tcp', 'connections'] },
  rpc: { columns: ['calls', '', 'fmt', 'auth', 'cInt'] },
  proc2: { columns: withoutOmitted(version2Methods), isCounted: true },
  proc3: { columns: withoutOmitted(version3Methods), isCounted: true },
  proc4ops: { columns: withoutOmitted(version4ServerOperations), isCounted: true },
  // Linux 6.6 added this count of requests for attributes of files whose write delegation a client holds.
  wdeleg_getattr: { columns: ['WdelegGetattr'] },
};

export const nfsd: Collector = {
  name: 'nfsd',
  defaultEnabled: true,
  help: 'Exposes requests, threads and caches of the NFS server, from /proc/net/rpc/nfsd.',
  docs: { source: '/proc/net/rpc/nfsd' },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const path = join(paths.procfs, 'net', 'rpc', 'nfsd');
    return () => {
      if (!existsSync(path)) return [];
      const options = { where: 'net/rpc/nfsd', faults };
      const statistics = attributes.parsed(path, (text) => parseRpcStatistics(text, lines, options));
      const table = createSampleTable([requests]);
      for (const [line, column, each, labels] of values) table.add(each, labels, statistics?.get(line)?.get(column));
      for (const [line, proto] of [
        ['proc2', '2'],
        ['proc3', '3'],
        ['proc4ops', '4'],
        ['wdeleg_getattr', '4'],
      ] as const) {
        for (const [method, value] of statistics?.get(line) ?? []) table.add(requests, { method, proto }, value);
      }
      return table.families();
    };
  },
};

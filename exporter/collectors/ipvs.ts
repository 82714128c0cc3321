/**
 * Exposes the traffic of IPVS, the kernel's load balancer, and the connections and weights of its backends, from
 * /proc/net/ip_vs_stats and ip_vs. Source: net/netfilter/ipvs/ip_vs_ctl.c of the kernel
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import type { Labels } from '../exposition/family.ts';
import { createSampleTable, type Metric, type SampleTable } from '../exposition/sample-table.ts';
import { createAttributeReader } from '../procfs/sysfs.ts';
import { backendLabelNames, type IpvsBackend, parseIpvsBackends, parseIpvsTotals } from './ipvs/ipvs-tables.ts';

/** In the order of the columns of ip_vs_stats. */
const totals: readonly Metric[] = [
  { name: 'node_ipvs_connections_total', type: 'counter', help: 'The total number of connections made.' },
  { name: 'node_ipvs_incoming_packets_total', type: 'counter', help: 'The total number of incoming packets.' },
  { name: 'node_ipvs_outgoing_packets_total', type: 'counter', help: 'The total number of outgoing packets.' },
  { name: 'node_ipvs_incoming_bytes_total', type: 'counter', help: 'The total amount of incoming data.' },
  { name: 'node_ipvs_outgoing_bytes_total', type: 'counter', help: 'The total amount of outgoing data.' },
];

const backendMetrics: readonly (readonly [Metric, 'active' | 'inactive' | 'weight'])[] = [
  [gauge('backend_connections_active', 'The current active connections by local and remote address.'), 'active'],
  [gauge('backend_connections_inactive', 'The current inactive connections by local and remote address.'), 'inactive'],
  [gauge('backend_weight', 'The current backend weight by local and remote address.'), 'weight'],
];

function gauge(name: string, help: string): Metric {
  return { name: `node_ipvs_${name}`, type: 'gauge', help };
}

export const ipvs: Collector = {
  name: 'ipvs',
  defaultEnabled: true,
  help: "Exposes the traffic of IPVS, the kernel's load balancer, and the connections and weights of its backends, from /proc/net/ip_vs_stats and ip_vs.",
  docs: {
    source: '/proc/net/ip_vs, ip_vs_stats',
    differences: [
      {
        upstream: 'exposes TCP and UDP services',
        here: 'exposes TCP, UDP and SCTP services',
        reason: 'the kernel balances all three protocols',
      },
    ],
  },
  flags: [
    {
      name: 'backend-labels',
      help: 'Comma separated list for IPVS backend stats labels.',
      default: backendLabelNames.join(','),
      check: (value) => void parseBackendLabels(value),
    },
  ],
  create({ paths, flags, faults }) {
    const attributes = createAttributeReader(faults);
    const labelNames = parseBackendLabels(flags['backend-labels'] ?? '');
    const totalsPath = join(paths.procfs, 'net', 'ip_vs_stats');
    const backendsPath = join(paths.procfs, 'net', 'ip_vs');
    return () => {
      if (!existsSync(totalsPath)) return [];
      const table = createSampleTable([...totals, ...backendMetrics.map(([metric]) => metric)]);
      const values = attributes.parsed(totalsPath, (text) => parseIpvsTotals(text, faults)) ?? [];
      for (const [index, metric] of totals.entries()) table.add(metric, {}, values[index]);
      const backends = attributes.parsed(backendsPath, (text) => parseIpvsBackends(text, faults)) ?? [];
      addBackends(table, backends, labelNames);
      return table.families();
    };
  },
};

/** Returns the names in the order of exposition. Throws on an unknown name. */
function parseBackendLabels(list: string): (typeof backendLabelNames)[number][] {
  const wanted = new Set(list.split(',').filter((name) => name !== ''));
  const names = backendLabelNames.filter((name) => wanted.delete(name));
  const [unknown] = wanted;
  if (unknown !== undefined)
    throw new Error(`expected labels of ${backendLabelNames.join(', ')}, got ${JSON.stringify(unknown)}`);
  return names;
}

/** Adds one sample for all backends whose selected labels are equal: the sum of their values. */
function addBackends(
  table: SampleTable,
  backends: readonly IpvsBackend[],
  names: readonly (typeof backendLabelNames)[number][],
): void {
  const sums = new Map<string, { labels: Labels; active: number; inactive: number; weight: number }>();
  for (const backend of backends) {
    const labels = Object.fromEntries(names.map((name) => [name, backend.labels[name]]));
    const key = JSON.stringify(labels);
    const sum = sums.get(key) ?? { labels, active: 0, inactive: 0, weight: 0 };
    sums.set(key, sum);
    sum.active += backend.active;
    sum.inactive += backend.inactive;
    sum.weight += backend.weight;
  }
  for (const { labels, ...values } of sums.values())
    for (const [metric, field] of backendMetrics) table.add(metric, labels, values[field]);
}

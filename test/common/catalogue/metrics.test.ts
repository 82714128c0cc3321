import { describe, expect, test } from '@jest/globals';
import { familiesOf } from '../../../common/catalogue/expression.ts';
import { allMetrics, type CatalogueMetric, metricByName, metrics } from '../../../common/catalogue/metrics.ts';

/** The expected list. A metric that is renamed, removed or added must change here, too. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'instance percent': [
    'cpu.usage.total',
    'cpu.usage.user',
    'cpu.usage.system',
    'cpu.usage.idle',
    'cpu.usage.iowait',
    'memory.usage.percent',
    'swap.usage.percent',
  ],
  'instance_cpu percent': ['cpu.cores.usage'],
  'instance count': [
    'cpu.cores.count',
    'network.connections.tcp',
    'network.connections.udp',
    'network.connections.established',
    'network.connections.time_wait',
  ],
  'instance load': ['cpu.load.average.1m', 'cpu.load.average.5m', 'cpu.load.average.15m'],
  'instance bytes': [
    'memory.total',
    'memory.used',
    'memory.available',
    'memory.free',
    'memory.buffers',
    'memory.cached',
    'swap.total',
    'swap.used',
  ],
  'instance_device_mountpoint_fstype bytes': ['disk.usage.total', 'disk.usage.used', 'disk.usage.free'],
  'instance_device_mountpoint_fstype percent': ['disk.usage.percent', 'disk.inode.usage.percent'],
  'instance_device_mountpoint_fstype count': ['disk.inode.total', 'disk.inode.used'],
  'instance_device bytes/s': [
    'disk.io.read.bytes',
    'disk.io.write.bytes',
    'network.io.bytes.sent',
    'network.io.bytes.recv',
  ],
  'instance_device ops/s': ['disk.io.read.count', 'disk.io.write.count'],
  'instance_device packets/s': [
    'network.io.packets.sent',
    'network.io.packets.recv',
    'network.io.dropped.in',
    'network.io.dropped.out',
  ],
  'instance_device errors/s': ['network.io.errors.in', 'network.io.errors.out'],
};

function namesWhere(holds: (metric: CatalogueMetric) => boolean): readonly string[] {
  return metrics.filter(holds).map((metric) => metric.name);
}

describe('the catalogue', () => {
  test('has every metric once, with its level and unit', () => {
    const grouped = Object.groupBy(metrics, (metric) => `${metric.level} ${metric.unit}`);
    const names = Object.entries(grouped).map(([key, group]) => [key, group?.map((metric) => metric.name)]);
    expect(Object.fromEntries(names)).toEqual(expected);
  });

  test('records peaks where they matter', () => {
    expect(namesWhere((metric) => metric.peak)).toEqual([
      'cpu.usage.total',
      'cpu.usage.iowait',
      'cpu.cores.usage',
      'memory.used',
      'memory.usage.percent',
      'swap.used',
      'swap.usage.percent',
      'disk.io.read.bytes',
      'disk.io.write.bytes',
      'network.io.bytes.sent',
      'network.io.bytes.recv',
    ]);
  });

  test('distinguishes rates and gauges', () => {
    const rates = namesWhere((metric) => metric.kind === 'rate');
    expect(rates).toHaveLength(18);
    expect(rates.every((name) => /^(cpu\.(usage|cores\.usage)|disk\.io|network\.io)/.test(name))).toBe(true);
  });

  test('has the interval of each metric', () => {
    expect(namesWhere((metric) => metric.interval === 'once')).toEqual([
      'cpu.cores.count',
      'memory.total',
      'swap.total',
    ]);
    expect(namesWhere((metric) => metric.interval === '30s')).toEqual(
      namesWhere((metric) => metric.labels.includes('mountpoint')),
    );
  });

  test('finds a metric only by its dotted name', () => {
    expect(metricByName('memory.used')?.pushedFamily).toBe('hostpulse_memory_used');
    for (const name of ['memory_used', 'memory.used{', '', 'constructor', 'Memory.Used']) {
      expect(metricByName(name)).toBeUndefined();
    }
  });

  test('lists the families of a metric', () => {
    const families = new Set(metrics.flatMap((metric) => familiesOf(metric.exported)));
    expect([...families].sort()).toEqual([
      'node_cpu_seconds_total',
      'node_disk_read_bytes_total',
      'node_disk_reads_completed_total',
      'node_disk_writes_completed_total',
      'node_disk_written_bytes_total',
      'node_filesystem_avail_bytes',
      'node_filesystem_files',
      'node_filesystem_files_free',
      'node_filesystem_free_bytes',
      'node_filesystem_size_bytes',
      'node_load1',
      'node_load15',
      'node_load5',
      'node_memory_Buffers_bytes',
      'node_memory_Cached_bytes',
      'node_memory_MemAvailable_bytes',
      'node_memory_MemFree_bytes',
      'node_memory_MemTotal_bytes',
      'node_memory_SwapFree_bytes',
      'node_memory_SwapTotal_bytes',
      'node_netstat_Tcp_CurrEstab',
      'node_network_receive_bytes_total',
      'node_network_receive_drop_total',
      'node_network_receive_errs_total',
      'node_network_receive_packets_total',
      'node_network_transmit_bytes_total',
      'node_network_transmit_drop_total',
      'node_network_transmit_errs_total',
      'node_network_transmit_packets_total',
      'node_sockstat_TCP6_inuse',
      'node_sockstat_TCP_inuse',
      'node_sockstat_TCP_tw',
      'node_sockstat_UDP6_inuse',
      'node_sockstat_UDP_inuse',
    ]);
  });
});

/** The workload metrics, with the families that they read. */
const workloads: Readonly<Record<string, readonly string[]>> = {
  'instance_unit percent top 20': ['units.cpu.usage'],
  'instance_unit bytes top 20': ['units.memory.used'],
  'instance_unit bytes/s top 20': ['units.io.read', 'units.io.written'],
  'instance_name percent top 20': ['containers.cpu.usage'],
  'instance_name bytes top 20': ['containers.memory.used'],
  'instance_name bytes/s top 20': ['containers.network.recv', 'containers.network.sent'],
  'instance_groupname percent top 20': ['processes.cpu.usage'],
  'instance_groupname bytes top 20': ['processes.memory.used'],
  'instance_chip_sensor celsius all': ['sensors.temperature'],
  'instance_device celsius all': ['smart.temperature'],
  'instance_device percent all': ['smart.wear'],
  'instance_uuid percent all': ['gpu.usage.percent'],
  'instance_uuid bytes all': ['gpu.memory.used'],
  'instance_uuid celsius all': ['gpu.temperature'],
  'instance percent all': ['files.usage.percent', 'conntrack.usage.percent'],
};

describe('the workload metrics', () => {
  const own = allMetrics.filter((metric) => !metrics.includes(metric));

  test('are each once, with level, unit and bound', () => {
    const bound = ({ top }: CatalogueMetric) => (top === undefined ? 'all' : `top ${top}`);
    const grouped = Object.groupBy(own, (metric) => `${metric.level} ${metric.unit} ${bound(metric)}`);
    const names = Object.entries(grouped).map(([key, group]) => [key, group?.map(({ name }) => name)]);
    expect(Object.fromEntries(names)).toEqual(workloads);
  });

  test('are found by name, and follow the metrics of every host', () => {
    expect(metricByName('units.cpu.usage')?.exportedFamilies).toEqual(['hostpulse_unit_cpu_seconds_total']);
    expect(allMetrics.slice(0, metrics.length)).toEqual(metrics);
    expect(new Set(allMetrics.map(({ name }) => name)).size).toBe(allMetrics.length);
    expect(new Set(allMetrics.map(({ pushedFamily }) => pushedFamily)).size).toBe(allMetrics.length);
  });

  test('read no family of a metric of every host', () => {
    const ofHosts = new Set(metrics.flatMap(({ exportedFamilies }) => exportedFamilies));
    expect(own.flatMap(({ exportedFamilies }) => exportedFamilies).filter((family) => ofHosts.has(family))).toEqual([]);
  });
});

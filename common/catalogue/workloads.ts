/**
 * The metrics of what runs on a host and of its hardware: units, containers, groups of processes, sensors, disks and GPUs. Hosts have
 * them when the exporter's collector is on, under the names of the programs that are usual for them.
 */
import { avgWithout, counter, gauge, type Matcher, percent, scaled, sumWithout } from './expression.ts';
import { type CatalogueMetric, type Details, metricsOf } from './metric.ts';

/** Hosts may have hundreds of units or containers. Recorded are the busiest. */
const busiest = { top: 20 } as const;

const units: Details = { ...busiest, labels: ['unit'] };
const unitCpu = sumWithout(['mode'], counter('hostpulse_unit_cpu_seconds_total'));

const ofUnits = [
  metricsOf('percent', 'units', units)(
    'cpu.usage',
    'CPU time of a systemd unit; 100 is one CPU.',
    scaled(100, unitCpu),
  ),
  metricsOf('bytes', 'units', units)(
    'memory.used',
    'Memory of a systemd unit, without inactive page cache.',
    gauge('hostpulse_unit_memory_working_set_bytes'),
  ),
  metricsOf('bytes/s', 'units', units)(
    'io.read',
    'Read from block devices by a systemd unit.',
    counter('hostpulse_unit_io_read_bytes_total'),
  ),
  metricsOf('bytes/s', 'units', units)(
    'io.written',
    'Written to block devices by a systemd unit.',
    counter('hostpulse_unit_io_written_bytes_total'),
  ),
];

/** The host and its slices have no name. */
const isContainer: Matcher = { label: 'name', operator: '!=', value: '' };
const containers: Details = { ...busiest, labels: ['name'] };

/** Containers of one name, such as a container and its successor, count as one. */
const sumOfContainer = (family: string, ...labels: readonly string[]) =>
  sumWithout(['id', 'image', ...labels], counter(family, isContainer));

const ofContainers = [
  metricsOf('percent', 'containers', containers)(
    'cpu.usage',
    'CPU time of a container; 100 is one CPU.',
    scaled(100, sumOfContainer('container_cpu_usage_seconds_total', 'cpu')),
  ),
  metricsOf('bytes', 'containers', containers)(
    'memory.used',
    'Memory of a container, without inactive page cache.',
    avgWithout(['id', 'image'], gauge('container_memory_working_set_bytes', isContainer)),
  ),
  metricsOf('bytes/s', 'containers', containers)(
    'network.recv',
    'Received by a container.',
    sumOfContainer('container_network_receive_bytes_total', 'interface'),
  ),
  metricsOf('bytes/s', 'containers', containers)(
    'network.sent',
    'Sent by a container.',
    sumOfContainer('container_network_transmit_bytes_total', 'interface'),
  ),
];

const groups: Details = { ...busiest, labels: ['groupname'] };
const resident: Matcher = { label: 'memtype', operator: '=', value: 'resident' };

const ofProcesses = [
  metricsOf('percent', 'processes', groups)(
    'cpu.usage',
    'CPU time of a group of processes; 100 is one CPU.',
    scaled(100, sumWithout(['mode'], counter('namedprocess_namegroup_cpu_seconds_total'))),
  ),
  metricsOf('bytes', 'processes', groups)(
    'memory.used',
    'Resident memory of a group of processes; shared pages count once for each process.',
    avgWithout(['memtype'], gauge('namedprocess_namegroup_memory_bytes', resident)),
  ),
];

const gpu: Details = { labels: ['uuid'] };
const disk: Details = { labels: ['device'], interval: '5m' };
const current: Matcher = { label: 'temperature_type', operator: '=', value: 'current' };

const ofHardware = [
  metricsOf('celsius', 'sensors', { labels: ['chip', 'sensor'], peak: true })(
    'temperature',
    'Temperature of a sensor.',
    gauge('node_hwmon_temp_celsius'),
  ),
  metricsOf('celsius', 'smart', disk)(
    'temperature',
    'Temperature of a disk, by SMART.',
    avgWithout(['temperature_type'], gauge('smartctl_device_temperature', current)),
  ),
  metricsOf('percent', 'smart', disk)(
    'wear',
    'Used part of the endurance of a solid-state disk, by SMART; may exceed 100.',
    gauge('smartctl_device_percentage_used'),
  ),
  metricsOf('percent', 'gpu', gpu)(
    'usage.percent',
    'Time that a GPU was busy.',
    scaled(100, gauge('nvidia_smi_utilization_gpu_ratio')),
  ),
  metricsOf('bytes', 'gpu', gpu)('memory.used', 'Memory of a GPU in use.', gauge('nvidia_smi_memory_used_bytes')),
  metricsOf('celsius', 'gpu', { ...gpu, peak: true })(
    'temperature',
    'Temperature of a GPU.',
    gauge('nvidia_smi_temperature_gpu'),
  ),
];

const ofKernel = [
  metricsOf('percent', 'files')(
    'usage.percent',
    'Open file descriptors of fs.file-max.',
    percent(gauge('node_filefd_allocated'), gauge('node_filefd_maximum')),
  ),
  metricsOf('percent', 'conntrack')(
    'usage.percent',
    'Connections in the table of connection tracking.',
    percent(gauge('node_nf_conntrack_entries'), gauge('node_nf_conntrack_entries_limit')),
  ),
];

export const workloadMetrics: readonly CatalogueMetric[] = [
  ...ofUnits,
  ...ofContainers,
  ...ofProcesses,
  ...ofHardware,
  ...ofKernel,
];

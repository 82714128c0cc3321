/** Defines the metrics of the containers collector: names, types and HELP of cAdvisor. Source: cAdvisor's metrics/prometheus.go */
import type { Metric } from '../../exposition/sample-table.ts';

const counter = (name: string, help: string): Metric => ({ name, type: 'counter', help });
const gauge = (name: string, help: string): Metric => ({ name, type: 'gauge', help });

export const containerMetrics = {
  cpu: counter('container_cpu_usage_seconds_total', 'Cumulative cpu time consumed in seconds.'),
  cpuUser: counter('container_cpu_user_seconds_total', 'Cumulative user cpu time consumed in seconds.'),
  cpuSystem: counter('container_cpu_system_seconds_total', 'Cumulative system cpu time consumed in seconds.'),
  periods: counter('container_cpu_cfs_periods_total', 'Number of elapsed enforcement period intervals.'),
  throttledPeriods: counter('container_cpu_cfs_throttled_periods_total', 'Number of throttled period intervals.'),
  throttled: counter(
    'container_cpu_cfs_throttled_seconds_total',
    'Total time duration the container has been throttled.',
  ),
  memory: gauge(
    'container_memory_usage_bytes',
    'Current memory usage in bytes, including all memory regardless of when it was accessed',
  ),
  workingSet: gauge('container_memory_working_set_bytes', 'Current working set in bytes.'),
  rss: gauge('container_memory_rss', 'Size of RSS in bytes.'),
  cache: gauge('container_memory_cache', 'Number of bytes of page cache memory.'),
  mappedFile: gauge('container_memory_mapped_file', 'Size of memory mapped files in bytes.'),
  swap: gauge('container_memory_swap', 'Container swap usage in bytes.'),
  maxMemory: gauge('container_memory_max_usage_bytes', 'Maximum memory usage recorded in bytes'),
  limitHits: counter('container_memory_failcnt', 'Number of memory usage hits limits'),
  failures: counter('container_memory_failures_total', 'Cumulative count of memory allocation failures.'),
  oomKills: counter('container_oom_events_total', 'Count of out of memory events observed for the container'),
  readBytes: counter('container_fs_reads_bytes_total', 'Cumulative count of bytes read'),
  writtenBytes: counter('container_fs_writes_bytes_total', 'Cumulative count of bytes written'),
  reads: counter('container_fs_reads_total', 'Cumulative count of reads completed'),
  writes: counter('container_fs_writes_total', 'Cumulative count of writes completed'),
  blkio: counter('container_blkio_device_usage_total', 'Blkio Device bytes usage'),
  receivedBytes: counter('container_network_receive_bytes_total', 'Cumulative count of bytes received'),
  receivedPackets: counter('container_network_receive_packets_total', 'Cumulative count of packets received'),
  receiveErrors: counter(
    'container_network_receive_errors_total',
    'Cumulative count of errors encountered while receiving',
  ),
  receiveDropped: counter(
    'container_network_receive_packets_dropped_total',
    'Cumulative count of packets dropped while receiving',
  ),
  sentBytes: counter('container_network_transmit_bytes_total', 'Cumulative count of bytes transmitted'),
  sentPackets: counter('container_network_transmit_packets_total', 'Cumulative count of packets transmitted'),
  sendErrors: counter(
    'container_network_transmit_errors_total',
    'Cumulative count of errors encountered while transmitting',
  ),
  sendDropped: counter(
    'container_network_transmit_packets_dropped_total',
    'Cumulative count of packets dropped while transmitting',
  ),
  processes: gauge('container_processes', 'Number of processes running inside the container.'),
  threads: gauge('container_threads', 'Number of threads running inside the container'),
  lastSeen: gauge('container_last_seen', 'Last time a container was seen by the exporter'),
  started: gauge('container_start_time_seconds', 'Start time of the container since unix epoch in seconds.'),
  specPeriod: gauge('container_spec_cpu_period', 'CPU period of the container.'),
  specQuota: gauge('container_spec_cpu_quota', 'CPU quota of the container.'),
  specShares: gauge('container_spec_cpu_shares', 'CPU share of the container.'),
  specMemory: gauge('container_spec_memory_limit_bytes', 'Memory limit for the container.'),
  specSwap: gauge('container_spec_memory_swap_limit_bytes', 'Memory swap limit for the container.'),
  specReservation: gauge(
    'container_spec_memory_reservation_limit_bytes',
    'Memory reservation limit for the container.',
  ),
  cores: gauge('machine_cpu_cores', 'Number of logical CPU cores.'),
  machineMemory: gauge('machine_memory_bytes', 'Amount of memory installed on the machine.'),
  omitted: gauge(
    'hostpulse_containers_omitted',
    'Running containers without series, because more containers run than --collector.containers.max and others are busier.',
  ),
  unnamed: gauge(
    'hostpulse_containers_unnamed',
    'Running containers whose name and image cannot be read. The files of the container engines are readable by root only.',
  ),
} as const satisfies Readonly<Record<string, Metric>>;

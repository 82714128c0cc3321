/**
 * Lists the differences between the supported versions of Debian's prometheus-node-exporter (1.5.0, 1.9.0, 1.11.1) and version 1.12, which
 * the exporter follows: one entry per family. An entry has no effect on a version that agrees with the exporter.
 */
import type { Collector } from '../../exporter/collector/collector.ts';
import { flagsOf } from './collector-host.ts';
import type { ReadFamily } from './exposition-reader.ts';

export interface Difference {
  readonly family: string;
  readonly reason: string;
  /** Returns both families without the known difference. */
  readonly reconcile: (ours: ReadFamily | undefined, theirs: ReadFamily | undefined) => readonly [unknown, unknown];
}

const isNew: Difference['reconcile'] = (_ours, theirs) => [undefined, theirs];
/** Ignores the label where node_exporter does not have it yet. */
const withoutLabel =
  (label: string): Difference['reconcile'] =>
  (ours, theirs) =>
    hasLabel(theirs, label) ? [ours, theirs] : [ours && { ...ours, samples: dropLabel(ours.samples, label) }, theirs];
const keysOnly: Difference['reconcile'] = (ours, theirs) => [labelNames(ours), labelNames(theirs)];

/** Removes zeros of node_exporter for CPUs that the exporter omits. */
const withoutOfflineZeros: Difference['reconcile'] = (ours, theirs) => {
  const isComparable = ([key, value]: [string, number]) => value !== 0 || ours?.samples.has(key) !== false;
  return [ours, theirs && { ...theirs, samples: new Map([...theirs.samples].filter(isComparable)) }];
};

/** Ignores HELP, and the offline CPU of the odd host. */
const withoutOffline: Difference['reconcile'] = (ours, theirs) => {
  const isOnline = ([key]: [string, number]) => ours?.samples.has(key) === true || key !== 'cpu="1"';
  const online = new Map([...(theirs?.samples ?? [])].filter(isOnline));
  return [ours && { ...ours, help: '' }, theirs && { ...theirs, help: '', samples: online }];
};

/** Ignores the label `cpu`. */
const withoutCpu: Difference['reconcile'] = (ours, theirs) =>
  [ours, theirs].map((family) => {
    const values = [...(family?.samples ?? [])].map(([key, value]) => `${key.replace(/cpu="\d+",/, '')} ${value}`);
    return values.sort();
  }) as [unknown, unknown];

const noOffline = 'offline CPUs are left out since 1.7';
const helpSpelling = '"cpu" is spelt "CPU" since 1.6';
const offlineZeros = 'offline CPUs, zero in 1.5, are left out since 1.6';
const filesystemLabel = 'label device_error, not in 1.5';
export const differences: readonly Difference[] = [
  { family: 'node_cpu_guest_seconds_total', reason: offlineZeros, reconcile: withoutOfflineZeros },
  { family: 'node_cpu_seconds_total', reason: offlineZeros, reconcile: withoutOfflineZeros },
  {
    family: 'node_cpu_frequency_hertz',
    reason:
      'node_exporter exposes the frequency of /proc/cpuinfo only when the collector cpufreq is off; the exporter has the HELP of /proc/cpuinfo',
    reconcile: (ours, theirs) => {
      const ofCpuFreq = new Map([...(ours?.samples ?? [])].filter(([key]) => !key.includes('core=')));
      return [{ ...ours, help: '', samples: ofCpuFreq }, theirs && { ...theirs, help: '' }];
    },
  },
  { family: 'node_cpu_frequency_avg_hertz', reason: 'new in 1.12', reconcile: isNew },
  { family: 'node_cpu_frequency_max_hertz', reason: `${helpSpelling}; ${noOffline}`, reconcile: withoutOffline },
  { family: 'node_cpu_frequency_min_hertz', reason: `${helpSpelling}; ${noOffline}`, reconcile: withoutOffline },
  { family: 'node_cpu_scaling_frequency_max_hertz', reason: noOffline, reconcile: withoutOffline },
  { family: 'node_cpu_scaling_frequency_min_hertz', reason: noOffline, reconcile: withoutOffline },
  { family: 'node_cpu_scaling_governor', reason: 'new in 1.6', reconcile: isNew },
  { family: 'node_edac_channel_correctable_errors_total', reason: 'new in 1.12', reconcile: isNew },
  { family: 'node_edac_channel_uncorrectable_errors_total', reason: 'new in 1.12', reconcile: isNew },
  { family: 'node_hwmon_freq_freq_mhz', reason: 'new in 1.6', reconcile: isNew },
  {
    family: 'node_hwmon_sensor_label',
    reason: 'sensors of frequency are new in 1.6',
    reconcile: (ours, theirs) => {
      const known = [...(ours?.samples ?? [])].filter(([key]) => !key.includes('sensor="freq'));
      return [ours && { ...ours, samples: new Map(known) }, theirs];
    },
  },
  {
    family: 'node_interrupts_total',
    reason:
      "node_exporter numbers the columns, which are the online CPUs; the exporter takes the number from the column's heading",
    reconcile: withoutCpu,
  },
  { family: 'node_md_degraded', reason: 'new in 1.10', reconcile: isNew },
  { family: 'node_md_raid_disks', reason: 'new in 1.10', reconcile: isNew },
  { family: 'node_network_info', reason: 'label adminstate since 1.6', reconcile: withoutLabel('adminstate') },
  { family: 'node_nvme_info', reason: 'label cntlid since 1.11', reconcile: withoutLabel('cntlid') },
  { family: 'node_nvme_namespace_capacity_bytes', reason: 'new in 1.11', reconcile: isNew },
  { family: 'node_nvme_namespace_info', reason: 'new in 1.11', reconcile: isNew },
  { family: 'node_nvme_namespace_logical_block_size_bytes', reason: 'new in 1.11', reconcile: isNew },
  { family: 'node_nvme_namespace_size_bytes', reason: 'new in 1.11', reconcile: isNew },
  { family: 'node_nvme_namespace_used_bytes', reason: 'new in 1.11', reconcile: isNew },
  {
    family: 'node_os_info',
    reason: 'node_exporter keeps the backslash before a blank in a value without quotes; os-release(5) removes it',
    reconcile: (ours, theirs) => {
      const unescaped = [...(theirs?.samples ?? [])].map(
        ([key, value]) => [key.replaceAll('\\\\ ', ' '), value] as const,
      );
      return [ours, theirs && { ...theirs, samples: new Map(unescaped) }];
    },
  },
  { family: 'node_os_support_end_timestamp_seconds', reason: 'not in 1.5', reconcile: isNew },
  { family: 'node_pressure_irq_stalled_seconds_total', reason: 'new in 1.9', reconcile: isNew },
  { family: 'node_cpu_online', reason: 'new in 1.9', reconcile: isNew },
  { family: 'node_filesystem_mount_info', reason: 'new in 1.9', reconcile: isNew },
  {
    family: 'node_disk_info',
    reason: 'label rotational since 1.9; the serial number of a virtio disk, which has ID_SERIAL only, is not in 1.5',
    reconcile: (ours, theirs) => {
      const samples = dropLabel(ours?.samples ?? new Map<string, number>(), 'rotational');
      const asBefore = (key: string) => (theirs?.samples.has(key) ? key : key.replace(/serial="[^"]*"/, 'serial=""'));
      const before = [...samples].map(([key, value]): [string, number] => [asBefore(key), value]);
      return [ours && { ...ours, samples: new Map(before) }, theirs];
    },
  },
  { family: 'node_filesystem_avail_bytes', reason: filesystemLabel, reconcile: withoutLabel('device_error') },
  { family: 'node_filesystem_device_error', reason: filesystemLabel, reconcile: withoutLabel('device_error') },
  { family: 'node_filesystem_files', reason: filesystemLabel, reconcile: withoutLabel('device_error') },
  { family: 'node_filesystem_files_free', reason: filesystemLabel, reconcile: withoutLabel('device_error') },
  { family: 'node_filesystem_free_bytes', reason: filesystemLabel, reconcile: withoutLabel('device_error') },
  { family: 'node_filesystem_size_bytes', reason: filesystemLabel, reconcile: withoutLabel('device_error') },
  {
    family: 'node_filesystem_readonly',
    reason: `${filesystemLabel}; also exposed for mounts in error since 1.7`,
    reconcile: (ours, theirs) => {
      const healthy = [...(ours?.samples ?? [])].filter(([key]) => key.includes('device_error=""'));
      return [ours && { ...ours, samples: dropLabel(new Map(healthy), 'device_error') }, theirs];
    },
  },
  { family: 'node_filesystem_purgeable_bytes', reason: 'new in 1.10', reconcile: isNew },
  { family: 'node_softnet_backlog_len', reason: 'new in 1.6', reconcile: isNew },
  { family: 'node_softnet_cpu_collision_total', reason: 'new in 1.6', reconcile: isNew },
  { family: 'node_softnet_flow_limit_count_total', reason: 'new in 1.6', reconcile: isNew },
  { family: 'node_softnet_received_rps_total', reason: 'new in 1.6', reconcile: isNew },
  {
    family: 'node_tcp_connection_states',
    reason: 'the exporter follows --path.procfs, node_exporter reads netlink, which has this machine only',
    reconcile: (ours, theirs) => [headOf(ours), headOf(theirs)],
  },
  { family: 'node_time_seconds', reason: 'the clock advances between two reads', reconcile: keysOnly },
  {
    family: 'node_uname_info',
    reason: 'the exporter follows --path.procfs, node_exporter calls uname(2), which has this machine only',
    reconcile: keysOnly,
  },
];

const knownLines = 'since 1.9, node_exporter exposes only the lines of /proc/meminfo that its parser knows';
const unknownLines = ['Balloon', 'FileHugePages', 'FilePmdMapped', 'Hugetlb', 'KReclaimable', 'SecPageTables'];

/** Differences of the versions after 1.5.0. When both lists have a family, `differences` describes 1.5.0. */
export const laterDifferences: readonly Difference[] = [
  {
    family: 'node_network_receive_nohandler_total',
    reason: 'node_exporter has it from netlink only',
    reconcile: isNew,
  },
  {
    family: 'node_disk_info',
    reason: 'rotational is 0 where node_exporter cannot read all of a queue/ folder',
    reconcile: (...both) =>
      both.map((family) => family && [...dropLabel(family.samples, 'rotational')]) as [unknown, unknown],
  },
  {
    family: 'node_filesystem_readonly',
    reason: 'up to 1.11, a read-only mount of a writable file system has the value 0',
    reconcile: (...both) => both.map((family) => family && [...family.samples.keys()].sort()) as [unknown, unknown],
  },
  ...[...unknownLines, 'Zswap', 'Zswapped'].map((line) => ({
    family: `node_memory_${line}_bytes`,
    reason: knownLines,
    reconcile: isNew,
  })),
];

/** Collectors that are compared with 1.11.1 only, on their own cases (case-parity.test.ts). */
export const younger: Readonly<Record<string, string>> = {
  bcache: 'metrics of the rate of writing back since 1.6',
  bcachefs: 'new in 1.11',
  bonding: 'not on the hosts',
  btrfs: 'commits since 1.9',
  buddyinfo: 'compared on the cases',
  cgroups: 'new in 1.6',
  cpu_vulnerabilities: 'mitigations since 1.8',
  dmmultipath: 'new in 1.12',
  fibrechannel: 'optional attributes since 1.8',
  infiniband: 'counters of the driver since 1.11',
  ipvs: 'compared on the cases',
  kernel_hung: 'new in 1.11',
  ksmd: 'compared on the cases',
  lnstat: 'compared on the cases',
  meminfo_numa: 'compared on the cases',
  nfs: 'compared on the cases',
  nfsd: 'requests for attributes of open files since 1.8',
  rapl: 'compared on the cases',
  selinux: 'new in 1.5.0 and reads this machine',
  slabinfo: 'filters since 1.9',
  softirqs: 'new in 1.6',
  swap: 'new in 1.10',
  tapestats: 'compared on the cases',
  timex: 'reads this machine, whose clock advances',
  watchdog: 'new in 1.8',
  xfrm: 'new in 1.8',
  xfs: 'operations on inodes since 1.6',
  zfs: 'names of datasets with blanks since 1.9',
  zoneinfo: 'compared on the cases',
};
/** Families of the programs, which no collector exposes. */
export const ofTheProgram = [
  'hostpulse_collector_partial_errors_total',
  'node_exporter_build_info',
  'node_scrape_collector_duration_seconds',
  'node_scrape_collector_success',
  'promhttp_metric_handler_errors_total',
];

/** Flags whose defaults differ between 1.12 and Debian's 1.5.0. */
const sharedFlags: Readonly<Record<string, readonly string[]>> = {
  diskstats: ['device-exclude'],
  filesystem: ['mount-points-exclude', 'fs-types-exclude'],
  netstat: ['fields'],
};

/** Flags by collector; `true` is a switch. */
export type GivenFlags = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Returns the command line for a collector of node_exporter: its switch, the given flags and the defaults of 1.12. */
export function argumentsOf(collector: Collector, given: Readonly<Record<string, string>> = {}): string[] {
  const flags = flagsOf(collector, given);
  const pinned = sharedFlags[collector.name] ?? [];
  return [
    `--collector.${collector.name}`,
    ...[...pinned, ...Object.keys(given)].map((flag) => {
      const { spelling: own } = collector.flags.find(({ name }) => name === flag) ?? {};
      const spelling = `--${own ?? `collector.${collector.name}.${flag}`}`;
      return flags[flag] === 'true' ? spelling : `${spelling}=${flags[flag]}`;
    }),
  ];
}

function dropLabel(samples: ReadonlyMap<string, number>, label: string): Map<string, number> {
  const pattern = new RegExp(`(^|,)${label}="(?:[^"\\\\]|\\\\.)*"`);
  return new Map([...samples].map(([key, value]) => [key.replace(pattern, '').replace(/^,/, ''), value]));
}

function hasLabel(family: ReadFamily | undefined, label: string): boolean {
  return [...(family?.samples.keys() ?? [])].some((key) => new RegExp(`(^|,)${label}="`).test(key));
}

function headOf(family: ReadFamily | undefined): unknown {
  return family && { help: family.help, type: family.type };
}

/** Returns HELP, TYPE and the names of the labels. */
function labelNames(family: ReadFamily | undefined): unknown {
  if (family === undefined) return undefined;
  const names = [...family.samples.keys()].map((key) => key.replaceAll(/="(?:[^"\\]|\\.)*"/g, ''));
  return { help: family.help, type: family.type, names };
}

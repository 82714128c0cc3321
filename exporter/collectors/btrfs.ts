/** Exposes allocated and used space, commits and device sizes of Btrfs file systems, from /sys/fs/btrfs. Source: https://btrfs.readthedocs.io/en/latest/btrfs-man5.html */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import type { Labels } from '../exposition/family.ts';
import { createSampleTable, type Metric, type SampleTable } from '../exposition/sample-table.ts';
import { parseLines, parseUnsigned, parseWords } from '../procfs/host-file.ts';
import { type AttributeReader, createAttributeReader, listFolder, sectorBytes } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

function metric(type: 'counter' | 'gauge', name: string, help: string, divisor = 1): Metric {
  return { name: `node_btrfs_${name}`, type, help, divisor };
}

const metrics = {
  ratio: metric('gauge', 'allocation_ratio', 'Data allocation ratio for a layout/data type'),
  deviceSize: metric('gauge', 'device_size_bytes', 'Size of a device that is part of the filesystem.'),
  reserve: metric('gauge', 'global_rsv_size_bytes', 'Size of global reserve.'),
  info: metric('gauge', 'info', 'Filesystem information'),
  reserved: metric('gauge', 'reserved_bytes', 'Amount of space reserved for a data type'),
  size: metric('gauge', 'size_bytes', 'Amount of space allocated for a layout/data type'),
  used: metric('gauge', 'used_bytes', 'Amount of used space by a layout/data type'),
};

/** Metrics by the name of the line in commit_stats. */
const commitMetrics = [
  ['commits', metric('counter', 'commits_total', 'The total number of commits that have occurred.')],
  [
    'total_commit_ms',
    metric('counter', 'commit_seconds_total', 'Sum of the duration of all commits, in seconds.', 1_000),
  ],
  ['last_commit_ms', metric('gauge', 'last_commit_seconds', 'Duration of the most recent commit, in seconds.', 1_000)],
  ['max_commit_ms', metric('gauge', 'max_commit_seconds', 'Duration of the slowest commit, in seconds.', 1_000)],
] as const;

const noCommits: ReadonlyMap<string, number> = new Map(commitMetrics.map(([line]) => [line, 0]));

const validUuid = /^[0-9a-f-]{36}$/i;

const blockGroupTypes = ['data', 'metadata', 'system'];

export const btrfs: Collector = {
  name: 'btrfs',
  defaultEnabled: true,
  help: 'Exposes allocated and used space, commits and device sizes of Btrfs file systems, from /sys/fs/btrfs.',
  docs: {
    source: '/sys/fs/btrfs',
    differences: [
      {
        upstream: 'as root, exposes device errors and unused bytes, from ioctl(2)',
        here: 'exposes the sizes of devices only, from /sys/fs/btrfs',
        reason: 'Node.js cannot call ioctl(2)',
      },
    ],
  },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const root = join(paths.sysfs, 'fs', 'btrfs');
    const noSamples = createSampleTable(Object.values(metrics)).families();
    return () => {
      const entries = listFolder(root);
      if (entries === undefined) return noSamples;
      const table = createSampleTable(Object.values(metrics));
      // The name of a file system is a UUID. The folder also contains `features`.
      for (const { name } of entries.filter((entry) => entry.name.includes('-')))
        addFilesystem(table, { folder: join(root, name), name, attributes, faults });
      return table.families();
    };
  },
};

interface Filesystem {
  readonly folder: string;
  readonly name: string;
  readonly attributes: AttributeReader;
  readonly faults: ValueFaults;
}

function addFilesystem(table: SampleTable, { folder, name, attributes, faults }: Filesystem): void {
  const path = (file: string) => join(folder, file);
  const metadataUuid = attributes.line(path('metadata_uuid')) ?? '';
  const uuid = validUuid.test(metadataUuid) ? metadataUuid : name;
  const labels = { uuid };
  table.add(metrics.info, { label: attributes.line(path('label')) ?? '', uuid }, 1);
  table.add(metrics.reserve, labels, attributes.unsigned(path('allocation/global_rsv_size')));
  // Linux 6.0 added commit_stats. On older kernels the samples are 0, as in node_exporter.
  const commits = existsSync(path('commit_stats'))
    ? attributes.parsed(path('commit_stats'), (text, where) => parseCommitStats(text, where, faults))
    : noCommits;
  for (const [line, each] of commitMetrics) table.add(each, labels, commits?.get(line));
  const devices = attributes.folder(path('devices')) ?? [];
  for (const { name: device } of devices) {
    const sectors = attributes.unsigned(path(join('devices', device, 'size')));
    table.add(metrics.deviceSize, { device, uuid }, sectors === undefined ? undefined : sectors * sectorBytes);
  }
  for (const type of blockGroupTypes)
    addAllocation(table, path(join('allocation', type)), {
      labels: { block_group_type: type, uuid },
      deviceCount: devices.length,
      attributes,
    });
}

interface Allocation {
  readonly labels: { readonly block_group_type: string; readonly uuid: string };
  readonly deviceCount: number;
  readonly attributes: AttributeReader;
}

function addAllocation(table: SampleTable, folder: string, { labels, deviceCount, attributes }: Allocation): void {
  table.add(metrics.reserved, labels, attributes.unsigned(join(folder, 'bytes_reserved')));
  for (const entry of attributes.folder(folder) ?? []) {
    if (!entry.isDirectory()) continue;
    const { block_group_type, uuid } = labels;
    const modeLabels: Labels = { block_group_type, mode: entry.name, uuid };
    table.add(metrics.ratio, modeLabels, allocationRatio(entry.name, deviceCount));
    table.add(metrics.size, modeLabels, attributes.unsigned(join(folder, entry.name, 'total_bytes')));
    table.add(metrics.used, modeLabels, attributes.unsigned(join(folder, entry.name, 'used_bytes')));
  }
}

/** The number of copies of each byte, by profile. */
const copies: Readonly<Record<string, number>> = {
  single: 1,
  raid0: 1,
  dup: 2,
  raid1: 2,
  raid10: 2,
  raid1c3: 3,
  raid1c4: 4,
};

/** The number of devices that hold parity, by profile. */
const parities: Readonly<Record<string, number>> = { raid5: 1, raid6: 2 };

/** Returns how many bytes on the devices a byte of data takes: 2 for raid1. Returns undefined for an unknown profile. */
export function allocationRatio(profile: string, deviceCount: number): number | undefined {
  const parity = parities[profile];
  if (parity === undefined) return copies[profile];
  return deviceCount > parity ? deviceCount / (deviceCount - parity) : undefined;
}

/** Parses lines such as `last_commit_ms 42` (Linux 6.0). A malformed value is reported and omitted. */
export function parseCommitStats(text: string, where: string, faults: ValueFaults): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of parseLines(text)) {
    const [name = '', word] = parseWords(line);
    const value = faults.attempt(`${where} ${name}`, () => parseUnsigned(word, `${where} ${name}`));
    if (value !== undefined) values.set(name, value);
  }
  return values;
}

/** Space, commits and devices of Btrfs file systems, from /sys/fs/btrfs. Source: https://btrfs.readthedocs.io/en/latest/btrfs-man5.html */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import type { Labels } from '../exposition/family.ts';
import { createSampleTable, type Metric, type SampleTable } from '../exposition/sample-table.ts';
import { parseLines, parseUnsigned, parseWords } from '../procfs/host-file.ts';
import { type AttributeReader, createAttributeReader, listFolder } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

/** The unit of a block device's `size`, independent of its logical block size. Source: ABI/stable/sysfs-block */
const sectorBytes = 512;

function metric(type: 'counter' | 'gauge', name: string, help: string): Metric {
  return { name: `node_btrfs_${name}`, type, help };
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

/** The lines of commit_stats; those of durations have milliseconds. */
const commitMetrics = [
  ['commits', metric('counter', 'commits_total', 'The total number of commits that have occurred.'), 1],
  [
    'total_commit_ms',
    metric('counter', 'commit_seconds_total', 'Sum of the duration of all commits, in seconds.'),
    1_000,
  ],
  ['last_commit_ms', metric('gauge', 'last_commit_seconds', 'Duration of the most recent commit, in seconds.'), 1_000],
  ['max_commit_ms', metric('gauge', 'max_commit_seconds', 'Duration of the slowest commit, in seconds.'), 1_000],
] as const;

const validUuid = /^[0-9a-f-]{36}$/i;

const blockGroupTypes = ['data', 'metadata', 'system'];

export const btrfs: Collector = {
  name: 'btrfs',
  defaultEnabled: true,
  help: 'Space, commits and devices of Btrfs file systems, from /sys/fs/btrfs.',
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const root = join(paths.sysfs, 'fs', 'btrfs');
    const noSamples = createSampleTable(Object.values(metrics)).families();
    return () => {
      if (!existsSync(root)) return noSamples;
      const table = createSampleTable(Object.values(metrics));
      // The folder also has `features`; the name of a file system is a UUID.
      for (const { name } of (listFolder(root) ?? []).filter((entry) => entry.name.includes('-')))
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
  const commits = attributes.parsed(path('commit_stats'), (text, where) => parseCommitStats(text, where, faults));
  for (const [line, each, divisor] of commitMetrics) {
    const value = commits?.get(line);
    table.add(each, labels, value === undefined ? undefined : value / divisor);
  }
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

/** Bytes on the devices for each byte of a profile, by the number of copies. */
const copies: Readonly<Record<string, number>> = {
  single: 1,
  raid0: 1,
  dup: 2,
  raid1: 2,
  raid10: 2,
  raid1c3: 3,
  raid1c4: 4,
};

/** Numbers of devices that hold parity. */
const parities: Readonly<Record<string, number>> = { raid5: 1, raid6: 2 };

/** Returns the bytes on the devices for each byte of data; undefined for an unknown profile. */
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

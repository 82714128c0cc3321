/**
 * Exposes reads, writes, discards and flushes of block devices from /proc/diskstats, and properties of the devices from udev's
 * database and /sys/block.
 */
import { join } from 'node:path';
import { cachedReading, deviceFactsMaxAgeMs } from '../collector/cached-reading.ts';
import type { Collector } from '../collector/collector.ts';
import { memoize } from '../collector/memoize.ts';
import { compileNameFilter, type NameFilterFlags, nameFilterFlags } from '../collector/name-filter.ts';
import type { Family, Labels, MetricType, Sample } from '../exposition/family.ts';
import { parseLines, parseRow, parseUnsigned, parseWords, quote, readHostFile } from '../procfs/host-file.ts';
import { createAttributeReader, sectorBytes } from '../procfs/sysfs.ts';
import { strictFaults, type ValueFaults } from '../procfs/value-faults.ts';
import { type DiskId, readDiskInfo } from './diskstats/disk-info.ts';

const filterFlags: NameFilterFlags = {
  collector: 'diskstats',
  include: 'device-include',
  exclude: 'device-exclude',
  defaultExclude: String.raw`^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$`,
  oldExclude: 'ignored-devices',
};

/** Converts sectors to bytes. Source: https://docs.kernel.org/block/stat.html */
const sector = (count: number) => count * sectorBytes;
/** Converts the milliseconds of the file to seconds. */
const seconds = (milliseconds: number) => milliseconds / 1000;
const plain = (count: number) => count;

/** The columns after the device's name. Source: https://docs.kernel.org/admin-guide/iostats.html */
const columns: readonly (readonly [name: string, help: string, type: MetricType, scale: (value: number) => number])[] =
  [
    ['reads_completed_total', 'The total number of reads completed successfully.', 'counter', plain],
    ['reads_merged_total', 'The total number of reads merged.', 'counter', plain],
    ['read_bytes_total', 'The total number of bytes read successfully.', 'counter', sector],
    ['read_time_seconds_total', 'The total number of seconds spent by all reads.', 'counter', seconds],
    ['writes_completed_total', 'The total number of writes completed successfully.', 'counter', plain],
    ['writes_merged_total', 'The number of writes merged.', 'counter', plain],
    ['written_bytes_total', 'The total number of bytes written successfully.', 'counter', sector],
    ['write_time_seconds_total', 'This is the total number of seconds spent by all writes.', 'counter', seconds],
    ['io_now', 'The number of I/Os currently in progress.', 'gauge', plain],
    ['io_time_seconds_total', 'Total seconds spent doing I/Os.', 'counter', seconds],
    ['io_time_weighted_seconds_total', 'The weighted # of seconds spent doing I/Os.', 'counter', seconds],
    ['discards_completed_total', 'The total number of discards completed successfully.', 'counter', plain],
    ['discards_merged_total', 'The total number of discards merged.', 'counter', plain],
    ['discarded_sectors_total', 'The total number of sectors discarded successfully.', 'counter', plain],
    ['discard_time_seconds_total', 'This is the total number of seconds spent by all discards.', 'counter', seconds],
    ['flush_requests_total', 'The total number of flush requests completed successfully', 'counter', plain],
    [
      'flush_requests_time_seconds_total',
      'This is the total number of seconds spent by all flush requests.',
      'counter',
      seconds,
    ],
  ];

/** Numbers per line: 11, with discards since Linux 4.18, with flushes since 5.5. Later kernels may add more. */
const knownWidths = [11, 15, 17];
const allColumns = columns.length;
const columnNames = columns.map(([name]) => name);

export interface DiskStats extends DiskId {
  /** 11, 15 or 17 values, in the units of the file: sectors and milliseconds. */
  readonly values: readonly (number | undefined)[];
}

export const diskstats: Collector = {
  name: 'diskstats',
  defaultEnabled: true,
  help: 'Exposes reads, writes, discards and flushes of block devices, from /proc/diskstats.',
  docs: {
    source: "/proc/diskstats, udev's database, /sys/block/*/queue/rotational",
    differences: [
      {
        upstream: 'exposes `rotational="0"` when any file of queue/ cannot be read',
        here: 'exposes the content of queue/rotational, and 0 only for a device without this file',
        reason: 'a rotating disk would look like an SSD',
      },
      {
        upstream: 'reads udev and sysfs at every scrape',
        here: 'reads udev and sysfs when disks change, and once a minute',
        reason: 'every scrape would open three files per disk',
      },
    ],
  },
  flags: nameFilterFlags('diskstats devices', filterFlags),
  create({ paths, flags, faults, now = Date.now }) {
    const attributes = createAttributeReader(faults);
    const isShown = compileNameFilter(flags, filterFlags);
    const path = join(paths.procfs, 'diskstats');
    const infoPaths = { sysfs: paths.sysfs, udevData: paths.udevData ?? '/run/udev/data' };
    const labelsOf = memoize((device) => ({ device }));
    let disks: readonly DiskStats[] = [];
    // Opens three files per disk; properties change when a disk is replaced or formatted.
    const readInfo = cachedReading(() => readDiskInfo(disks, infoPaths, attributes), {
      maxAgeMs: deviceFactsMaxAgeMs,
      now,
    });
    return () => {
      disks = parseDiskstats(readHostFile(path), faults).filter(({ device }) => isShown(device));
      const key = disks.map(({ device, major, minor }) => `${device} ${major} ${minor}`).join();
      return [...readInfo(key), ...statsFamilies(disks, labelsOf)];
    };
  },
};

export function parseDiskstats(text: string, faults: ValueFaults): DiskStats[] {
  const disks: DiskStats[] = [];
  for (const line of parseLines(text)) {
    try {
      disks.push(parseDisk(line, faults));
    } catch (error) {
      faults.report(`diskstats ${parseWords(line)[2] ?? ''}`, error);
    }
  }
  return disks;
}

function parseDisk(line: string, faults: ValueFaults): DiskStats {
  const [major, minor, device, ...words] = parseWords(line);
  const width = words.length > allColumns ? allColumns : words.length;
  if (device === undefined || !knownWidths.includes(width)) {
    throw new Error(`diskstats: expected ${knownWidths.join(', ')} or more values, got ${quote(line)}`);
  }
  // A malformed value in a row of unknown width may have shifted the other values.
  const rowFaults = words.length > allColumns ? strictFaults : faults;
  return {
    device,
    major: String(parseUnsigned(major, `diskstats ${device} major`)),
    minor: String(parseUnsigned(minor, `diskstats ${device} minor`)),
    values: parseRow(words.slice(0, width), { columns: columnNames, where: `diskstats ${device}`, faults: rowFaults }),
  };
}

function statsFamilies(disks: readonly DiskStats[], labelsOf: (device: string) => Labels): Family[] {
  const labels = disks.map(({ device }) => labelsOf(device));
  return columns.map(([name, help, type, scale], column) => {
    const samples: Sample[] = [];
    for (const [row, { values }] of disks.entries()) {
      const value = values[column];
      if (value !== undefined) samples.push({ labels: labels[row] as Labels, value: scale(value) });
    }
    return { name: `node_disk_${name}`, help, type, samples };
  });
}

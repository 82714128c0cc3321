/** Disk metrics: space and inodes of each file system, throughput of each block device. */
import { counter, type Expression, gauge, minus, percent, plus } from './expression.ts';
import { type CatalogueMetric, defineMetric, type Unit } from './metric.ts';

const size = gauge('node_filesystem_size_bytes');
const available = gauge('node_filesystem_avail_bytes');
const used = minus(size, gauge('node_filesystem_free_bytes'));
const inodes = gauge('node_filesystem_files');
const inodesUsed = minus(inodes, gauge('node_filesystem_files_free'));

function filesystem(name: string, help: string, unit: Unit, exported: Expression): CatalogueMetric {
  return defineMetric({
    name,
    help,
    unit,
    labels: ['device', 'mountpoint', 'fstype'],
    interval: '30s',
    peak: false,
    exported,
  });
}

function throughput(name: string, help: string, unit: Unit, family: string, peak: boolean): CatalogueMetric {
  return defineMetric({ name, help, unit, labels: ['device'], interval: '5s', peak, exported: counter(family) });
}

export const diskMetrics = [
  filesystem('disk.usage.total', 'Size of the file system.', 'bytes', size),
  filesystem('disk.usage.used', 'Space in use.', 'bytes', used),
  filesystem('disk.usage.free', "Space that users can still fill: df's Avail.", 'bytes', available),
  filesystem(
    'disk.usage.percent',
    'used / (used + free), as df prints it.',
    'percent',
    percent(used, plus(used, available)),
  ),
  filesystem('disk.inode.total', 'Inodes of the file system.', 'count', inodes),
  filesystem('disk.inode.used', 'Inodes in use.', 'count', inodesUsed),
  filesystem(
    'disk.inode.usage.percent',
    'Inodes in use; absent where the file system makes them as needed.',
    'percent',
    percent(inodesUsed, inodes),
  ),
  throughput('disk.io.read.bytes', 'Read from the device.', 'bytes/s', 'node_disk_read_bytes_total', true),
  throughput('disk.io.write.bytes', 'Written to the device.', 'bytes/s', 'node_disk_written_bytes_total', true),
  throughput('disk.io.read.count', 'Reads completed.', 'ops/s', 'node_disk_reads_completed_total', false),
  throughput('disk.io.write.count', 'Writes completed.', 'ops/s', 'node_disk_writes_completed_total', false),
];

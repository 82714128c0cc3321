/**
 * Exposes compressed sizes, errors and device statistics of bcachefs file systems, from /sys/fs/bcachefs.
 * Source: fs/bcachefs/sysfs.c of the kernel
 */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { createSampleTable, type Metric, metricName, type SampleTable } from '../exposition/sample-table.ts';
import { type AttributeReader, createAttributeReader, listFolder } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';
import {
  parseCompressionTable,
  parseCounter,
  parseErrorCounts,
  parseIoDone,
  parseIoErrors,
  parseSizeLine,
  parseWriteTable,
} from './bcachefs/bcachefs-files.ts';

function metric(type: 'counter' | 'gauge', name: string, help: string): Metric {
  return { name: `node_bcachefs_${name}`, type, help };
}

const metrics = {
  cacheSize: metric('gauge', 'btree_cache_size_bytes', 'Btree cache memory usage in bytes.'),
  writeSize: metric('gauge', 'btree_write_average_size_bytes', 'Average btree write size by type.'),
  writes: metric('counter', 'btree_writes_total', 'Number of btree writes by type.'),
  compressed: metric('gauge', 'compression_compressed_bytes', 'Compressed size by algorithm.'),
  uncompressed: metric('gauge', 'compression_uncompressed_bytes', 'Uncompressed size by algorithm.'),
  bucketSize: metric('gauge', 'device_bucket_size_bytes', 'Bucket size in bytes.'),
  buckets: metric('gauge', 'device_buckets', 'Total number of buckets.'),
  durability: metric('gauge', 'device_durability', 'Device durability setting.'),
  deviceInfo: metric('gauge', 'device_info', 'Device information.'),
  ioDone: metric('counter', 'device_io_done_bytes_total', 'IO bytes by operation type and data type.'),
  ioErrors: metric('counter', 'device_io_errors_total', 'IO errors by error type.'),
  errors: metric('counter', 'errors_total', 'Error count by error type.'),
  info: metric('gauge', 'info', 'Filesystem information.'),
};

export const bcachefs: Collector = {
  name: 'bcachefs',
  defaultEnabled: true,
  help: 'Exposes compressed sizes, errors and device statistics of bcachefs file systems, from /sys/fs/bcachefs.',
  docs: {
    source: '/sys/fs/bcachefs',
    differences: [
      {
        upstream: 'reads an error count of eight or more digits and the time after it as one number',
        here: 'reads the count',
        reason: 'the kernel prints no blank between the count and the time',
      },
    ],
  },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const root = join(paths.sysfs, 'fs', 'bcachefs');
    return () => {
      const filesystems = (listFolder(root) ?? []).filter((entry) => entry.isDirectory());
      const table = createSampleTable();
      for (const { name: uuid } of filesystems)
        addFilesystem(table, { folder: join(root, uuid), uuid, attributes, faults });
      return table.families();
    };
  },
};

interface Filesystem {
  readonly folder: string;
  readonly uuid: string;
  readonly attributes: AttributeReader;
  readonly faults: ValueFaults;
}

function addFilesystem(table: SampleTable, filesystem: Filesystem): void {
  const { folder, uuid, attributes, faults } = filesystem;
  const path = (file: string) => join(folder, file);
  table.add(metrics.info, { uuid }, 1);
  table.add(metrics.cacheSize, { uuid }, attributes.parsed(path('btree_cache_size'), parseSizeLine));
  for (const row of attributes.parsed(path('compression_stats'), (text, where) =>
    parseCompressionTable(text, where, faults),
  ) ?? []) {
    const labels = { algorithm: row.name, uuid };
    table.add(metrics.compressed, labels, row.first);
    table.add(metrics.uncompressed, labels, row.second);
  }
  for (const row of attributes.parsed(path('btree_write_stats'), (text, where) =>
    parseWriteTable(text, where, faults),
  ) ?? []) {
    const labels = { type: row.name, uuid };
    table.add(metrics.writes, labels, row.first);
    table.add(metrics.writeSize, labels, row.second);
  }
  const errors = attributes.parsed(path('errors'), (text, where) => parseErrorCounts(text, where, faults)) ?? [];
  for (const [error_type, count] of errors) table.add(metrics.errors, { error_type, uuid }, count);
  for (const { name } of attributes.folder(path('counters')) ?? [])
    table.add(counterMetric(name), { uuid }, attributes.parsed(path(join('counters', name)), parseCounter));
  for (const { name } of attributes.folder(folder) ?? [])
    if (name.startsWith('dev-')) addDevice(table, name.slice('dev-'.length), filesystem);
}

function counterMetric(name: string): Metric {
  return metric('counter', `${metricName(name)}_total`, `Bcachefs counter ${name} since filesystem creation.`);
}

function addDevice(table: SampleTable, device: string, { folder, uuid, attributes, faults }: Filesystem): void {
  const path = (file: string) => join(folder, `dev-${device}`, file);
  const labels = { device, uuid };
  const info = {
    device,
    label: attributes.line(path('label')) ?? '',
    state: attributes.line(path('state')) ?? '',
    uuid,
  };
  table.add(metrics.deviceInfo, info, 1);
  table.add(metrics.bucketSize, labels, attributes.parsed(path('bucket_size'), parseSizeLine));
  table.add(metrics.buckets, labels, attributes.unsigned(path('nbuckets')));
  table.add(metrics.durability, labels, attributes.unsigned(path('durability')));
  const done = attributes.parsed(path('io_done'), (text, where) => parseIoDone(text, where, faults)) ?? [];
  for (const { operation, data_type, bytes } of done)
    table.add(metrics.ioDone, { data_type, device, operation, uuid }, bytes);
  const errors = attributes.parsed(path('io_errors'), (text, where) => parseIoErrors(text, where, faults)) ?? [];
  for (const [type, count] of errors) table.add(metrics.ioErrors, { device, type, uuid }, count);
}

/** Exposes I/O statistics of tape drives, from /sys/class/scsi_tape. Source: https://docs.kernel.org/scsi/st.html */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { checkGoRegexp, compileGoRegexp } from '../collector/go-regexp.ts';
import { type AttributeMetric, createSampleTable } from '../exposition/sample-table.ts';
import { createAttributeReader, listNumbered } from '../procfs/sysfs.ts';

function counter(name: string, attribute: string, help: string, divisor = 1): AttributeMetric {
  return { name: `node_tape_${name}`, type: 'counter', help, attribute, divisor };
}

const nanoseconds = 1e9;

const metrics: readonly AttributeMetric[] = [
  {
    ...counter('io_now', 'in_flight', 'The number of I/Os currently outstanding to this device.'),
    type: 'gauge',
  },
  counter(
    'io_others_total',
    'other_cnt',
    'The number of I/Os issued to the tape drive other than read or write commands. The time taken to complete these commands uses the following calculation io_time_seconds_total-read_time_seconds_total-write_time_seconds_total',
  ),
  counter(
    'io_time_seconds_total',
    'io_ns',
    'The amount of time spent waiting for all I/O to complete (including read and write). This includes tape movement commands such as seeking between file or set marks and implicit tape movement such as when rewind on close tape devices are used.',
    nanoseconds,
  ),
  counter('read_bytes_total', 'read_byte_cnt', 'The number of bytes read from the tape drive.'),
  counter(
    'read_time_seconds_total',
    'read_ns',
    'The amount of time spent waiting for read requests to complete.',
    nanoseconds,
  ),
  counter('reads_completed_total', 'read_cnt', 'The number of read requests issued to the tape drive.'),
  counter(
    'residual_total',
    'resid_cnt',
    'The number of times during a read or write we found the residual amount to be non-zero. This should mean that a program is issuing a read larger thean the block size on tape. For write not all data made it to tape.',
  ),
  counter(
    'write_time_seconds_total',
    'write_ns',
    'The amount of time spent waiting for write requests to complete.',
    nanoseconds,
  ),
  counter('writes_completed_total', 'write_cnt', 'The number of write requests issued to the tape drive.'),
  counter('written_bytes_total', 'write_byte_cnt', 'The number of bytes written to the tape drive.'),
];

export const tapestats: Collector = {
  name: 'tapestats',
  defaultEnabled: true,
  help: 'Exposes I/O statistics of tape drives, from /sys/class/scsi_tape.',
  docs: { source: '/sys/class/scsi_tape' },
  flags: [
    {
      name: 'ignored-devices',
      help: 'Regexp of devices to ignore for tapestats.',
      default: '^$',
      check: checkGoRegexp,
    },
  ],
  create({ paths, flags, faults }) {
    const attributes = createAttributeReader(faults);
    const ignored = compileGoRegexp(flags['ignored-devices'] ?? '^$');
    const root = join(paths.sysfs, 'class', 'scsi_tape');
    return () => {
      if (!existsSync(root)) return [];
      const table = createSampleTable(metrics);
      // Each drive has more entries, such as nst0 and st0a, which are modes of the same device.
      for (const { name: device } of listNumbered(root, /^st(\d+)$/)) {
        if (ignored.test(device)) continue;
        for (const metric of metrics)
          table.add(metric, { device }, attributes.unsigned(join(root, device, 'stats', metric.attribute)));
      }
      return table.families();
    };
  },
};

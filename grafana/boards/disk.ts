/** Defines the disk dashboard, which shows file systems and block devices of the selected hosts. */
import { uids } from '../panels/panel-options.ts';
import { tablePanel, usageColumn } from '../panels/table.ts';
import { timeSeriesPanels } from '../panels/time-series.ts';
import { chosenDisks, chosenFilesystems, currentOf } from '../queries/queries.ts';
import {
  diskVariable,
  hiddenFilesystemsVariable,
  instanceVariable,
  jobVariable,
  mountpointVariable,
} from '../queries/variables.ts';
import { buildBoard } from './board.ts';

const filesystems = { legend: '{{instance}} {{mountpoint}}', where: chosenFilesystems };
const disks = { legend: '{{instance}} {{device}}', where: chosenDisks };

/** Returns the expression of a column: a value for each file system. */
function valueOf(metric: string): string {
  return `max by (instance, mountpoint, device, fstype) (${currentOf(metric, chosenFilesystems)})`;
}

export const disk = buildBoard({
  uid: uids.disk,
  title: 'hostpulse / Disk',
  description: 'Space, inodes and throughput of all hosts.',
  variables: [jobVariable(), instanceVariable(), hiddenFilesystemsVariable(), mountpointVariable(), diskVariable()],
  rows: [
    {
      panels: [
        tablePanel({
          title: 'File systems',
          description:
            'A row a file system, fullest first. Free is what users can still fill; full is where used and free meet.',
          labels: { instance: 'Host', mountpoint: 'Mount point', device: 'Device', fstype: 'Type' },
          columns: [
            usageColumn('Used %', 'disk.usage.percent', valueOf('disk.usage.percent')),
            { title: 'Size', expr: valueOf('disk.usage.total'), unit: 'bytes' },
            { title: 'Used', expr: valueOf('disk.usage.used'), unit: 'bytes' },
            { title: 'Free', expr: valueOf('disk.usage.free'), unit: 'bytes' },
            usageColumn('Inodes %', 'disk.inode.usage.percent', valueOf('disk.inode.usage.percent')),
          ],
          sortBy: 'Used %',
          isDescending: true,
        }),
        ...timeSeriesPanels(filesystems, [
          {
            title: 'Space used',
            metrics: 'disk.usage.percent',
            description:
              'Used space as df prints it: used / (used + available). Dashed lines mark the thresholds of the default alerts.',
          },
          { title: 'Space free', metrics: 'disk.usage.free', description: 'Space available to users.' },
          {
            title: 'Inodes used',
            metrics: 'disk.inode.usage.percent',
            description: 'Without free inodes no file can be created. File systems with dynamic inodes have no line.',
          },
          {
            title: 'Inodes',
            metrics: { 'disk.inode.used': 'used', 'disk.inode.total': 'total' },
            description: 'Inodes in use and in total.',
          },
        ]),
      ],
    },
    {
      title: 'Throughput',
      panels: timeSeriesPanels(disks, [
        { title: 'Read', metrics: 'disk.io.read.bytes', description: 'Bytes read from each device.' },
        { title: 'Written', metrics: 'disk.io.write.bytes', description: 'Bytes written to each device.' },
        { title: 'Reads', metrics: 'disk.io.read.count', description: 'Reads completed.' },
        { title: 'Writes', metrics: 'disk.io.write.count', description: 'Writes completed.' },
        {
          title: 'Waiting for I/O',
          legend: '{{instance}}',
          where: [],
          metrics: 'cpu.usage.iowait',
          width: 24,
          description: 'CPU time of each host with I/O outstanding and nothing else to do.',
        },
      ]),
    },
  ],
});

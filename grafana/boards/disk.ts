/** The disk dashboard: file systems and block devices of the selected hosts. */

import { hostOfSeries, uids } from '../panels/links.ts';
import { type Column, tablePanel } from '../panels/table.ts';
import { tryAlertSteps } from '../panels/thresholds.ts';
import { timeSeries } from '../panels/time-series.ts';
import { currentOf } from '../queries/queries.ts';
import { chosenDisks, chosenFilesystems } from '../queries/selectors.ts';
import {
  diskVariable,
  hiddenFilesystemsVariable,
  instanceVariable,
  jobVariable,
  mountpointVariable,
} from '../queries/variables.ts';
import { buildBoard } from './board.ts';

const legend = '{{instance}} {{mountpoint}}';
const deviceLegend = '{{instance}} {{device}}';
const link = hostOfSeries;

/** Columns of a file system. */
export function filesystemColumns(): [Column, ...Column[]] {
  const of = (metric: string): string =>
    `max by (instance, mountpoint, device, fstype) (${currentOf(metric, chosenFilesystems)})`;
  const usage = { unit: 'percent', decimals: 1, isGauge: true } as const;
  return [
    { title: 'Used %', expr: of('disk.usage.percent'), steps: tryAlertSteps('disk.usage.percent'), ...usage },
    { title: 'Size', expr: of('disk.usage.total'), unit: 'bytes' },
    { title: 'Used', expr: of('disk.usage.used'), unit: 'bytes' },
    { title: 'Free', expr: of('disk.usage.free'), unit: 'bytes' },
    {
      title: 'Inodes %',
      expr: of('disk.inode.usage.percent'),
      steps: tryAlertSteps('disk.inode.usage.percent'),
      ...usage,
    },
  ];
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
          columns: filesystemColumns(),
          sortBy: 'Used %',
          isDescending: true,
        }),
        timeSeries({
          title: 'Space used',
          description:
            'Used space as df prints it: used / (used + available). Dashed lines mark the thresholds of the default alerts.',
          lines: [{ metric: 'disk.usage.percent', legend, where: chosenFilesystems }],
          link,
        }),
        timeSeries({
          title: 'Space free',
          description: 'Space available to users.',
          lines: [{ metric: 'disk.usage.free', legend, where: chosenFilesystems }],
          link,
        }),
        timeSeries({
          title: 'Inodes used',
          description: 'Without free inodes no file can be created. File systems with dynamic inodes have no line.',
          lines: [{ metric: 'disk.inode.usage.percent', legend, where: chosenFilesystems }],
          link,
        }),
        timeSeries({
          title: 'Inodes',
          description: 'Inodes in use and in total.',
          lines: [
            { metric: 'disk.inode.used', legend: `${legend} used`, where: chosenFilesystems },
            { metric: 'disk.inode.total', legend: `${legend} total`, where: chosenFilesystems },
          ],
          link,
        }),
      ],
    },
    {
      title: 'Throughput',
      panels: [
        timeSeries({
          title: 'Read',
          description: 'Bytes read from each device.',
          lines: [{ metric: 'disk.io.read.bytes', legend: deviceLegend, where: chosenDisks }],
          link,
        }),
        timeSeries({
          title: 'Written',
          description: 'Bytes written to each device.',
          lines: [{ metric: 'disk.io.write.bytes', legend: deviceLegend, where: chosenDisks }],
          link,
        }),
        timeSeries({
          title: 'Reads',
          description: 'Reads completed.',
          lines: [{ metric: 'disk.io.read.count', legend: deviceLegend, where: chosenDisks }],
          link,
        }),
        timeSeries({
          title: 'Writes',
          description: 'Writes completed.',
          lines: [{ metric: 'disk.io.write.count', legend: deviceLegend, where: chosenDisks }],
          link,
        }),
        timeSeries({
          title: 'Waiting for I/O',
          description: 'CPU time of each host with I/O outstanding and nothing else to do.',
          lines: [{ metric: 'cpu.usage.iowait', legend: '{{instance}}' }],
          width: 24,
          link,
        }),
      ],
    },
  ],
});

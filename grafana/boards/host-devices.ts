/** Disk and network panels of the host dashboard. */
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { timeSeries } from '../panels/time-series.ts';
import { shownFilesystems, shownInterfaces } from '../queries/selectors.ts';

export const hostDisk: readonly cog.Builder<dashboard.Panel>[] = [
  timeSeries({
    title: 'Space used',
    description:
      'Used space as df prints it: used / (used + available). Dashed lines mark the thresholds of the default alerts.',
    lines: [{ metric: 'disk.usage.percent', legend: '{{mountpoint}}', where: shownFilesystems }],
  }),
  timeSeries({
    title: 'Inodes used',
    description: 'Without free inodes no file can be created. File systems with dynamic inodes have no line.',
    lines: [{ metric: 'disk.inode.usage.percent', legend: '{{mountpoint}}', where: shownFilesystems }],
  }),
  timeSeries({
    title: 'Disk throughput',
    description: 'Bytes read from and written to each device.',
    lines: [
      { metric: 'disk.io.read.bytes', legend: '{{device}} read' },
      { metric: 'disk.io.write.bytes', legend: '{{device}} written' },
    ],
  }),
  timeSeries({
    title: 'Disk operations',
    description: 'Reads and writes completed by each device.',
    lines: [
      { metric: 'disk.io.read.count', legend: '{{device}} reads' },
      { metric: 'disk.io.write.count', legend: '{{device}} writes' },
    ],
  }),
];

const where = shownInterfaces;

export const hostNetwork: readonly cog.Builder<dashboard.Panel>[] = [
  timeSeries({
    title: 'Traffic',
    description: 'Bytes received and sent by each interface.',
    lines: [
      { metric: 'network.io.bytes.recv', legend: '{{device}} received', where },
      { metric: 'network.io.bytes.sent', legend: '{{device}} sent', where },
    ],
  }),
  timeSeries({
    title: 'Packets',
    description: 'Packets received and sent by each interface.',
    lines: [
      { metric: 'network.io.packets.recv', legend: '{{device}} received', where },
      { metric: 'network.io.packets.sent', legend: '{{device}} sent', where },
    ],
  }),
  timeSeries({
    title: 'Network errors',
    description:
      'Faulty packets received, and packets that could not be sent. Any at all point at a cable, a port or a driver.',
    lines: [
      { metric: 'network.io.errors.in', legend: '{{device}} in', where },
      { metric: 'network.io.errors.out', legend: '{{device}} out', where },
    ],
  }),
  timeSeries({
    title: 'Packets dropped',
    description: 'Packets dropped after receipt or before sending: buffers are too small, or the host is too slow.',
    lines: [
      { metric: 'network.io.dropped.in', legend: '{{device}} in', where },
      { metric: 'network.io.dropped.out', legend: '{{device}} out', where },
    ],
  }),
  timeSeries({
    title: 'Connections',
    description:
      'Sockets in use (TCP and UDP, IPv4 and IPv6), TCP connections established or closing, and waiting out TIME_WAIT.',
    lines: [
      { metric: 'network.connections.tcp', legend: 'TCP' },
      { metric: 'network.connections.udp', legend: 'UDP' },
      { metric: 'network.connections.established', legend: 'established' },
      { metric: 'network.connections.time_wait', legend: 'TIME_WAIT' },
    ],
    width: 24,
  }),
];

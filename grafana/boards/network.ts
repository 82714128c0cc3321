/** Defines the network dashboard, which shows traffic and sockets of the selected hosts. */
import { uids } from '../panels/panel-options.ts';
import { timeSeriesPanels } from '../panels/time-series.ts';
import { chosenInterfaces } from '../queries/queries.ts';
import { hiddenInterfacesVariable, instanceVariable, interfaceVariable, jobVariable } from '../queries/variables.ts';
import { buildBoard } from './board.ts';

const hosts = { legend: '{{instance}}' };
const interfaces = { legend: '{{instance}} {{device}}', where: chosenInterfaces };

export const network = buildBoard({
  uid: uids.network,
  title: 'hostpulse / Network',
  description: 'Traffic, errors and sockets of all hosts.',
  variables: [jobVariable(), instanceVariable(), hiddenInterfacesVariable(), interfaceVariable()],
  rows: [
    {
      panels: timeSeriesPanels(interfaces, [
        { title: 'Received', metrics: 'network.io.bytes.recv', description: 'Bytes received by each interface.' },
        { title: 'Sent', metrics: 'network.io.bytes.sent', description: 'Bytes sent by each interface.' },
        {
          title: 'Packets received',
          metrics: 'network.io.packets.recv',
          description: 'Packets received by each interface.',
        },
        { title: 'Packets sent', metrics: 'network.io.packets.sent', description: 'Packets sent by each interface.' },
      ]),
    },
    {
      title: 'Faults',
      panels: timeSeriesPanels(interfaces, [
        {
          title: 'Errors',
          metrics: { 'network.io.errors.in': 'in', 'network.io.errors.out': 'out' },
          description:
            'Faulty packets received, and packets that could not be sent. Any at all point at a cable, a port or a driver.',
        },
        {
          title: 'Dropped',
          metrics: { 'network.io.dropped.in': 'in', 'network.io.dropped.out': 'out' },
          description:
            'Packets dropped after they were received and before they were sent: buffers too small, or a host too slow.',
        },
      ]),
    },
    {
      title: 'Sockets',
      panels: timeSeriesPanels(hosts, [
        {
          title: 'TCP sockets',
          metrics: 'network.connections.tcp',
          description: 'TCP sockets in use, IPv4 and IPv6.',
        },
        {
          title: 'UDP sockets',
          metrics: 'network.connections.udp',
          description: 'UDP sockets in use, IPv4 and IPv6.',
        },
        {
          title: 'Established',
          metrics: 'network.connections.established',
          description: 'TCP connections established or closing.',
        },
        {
          title: 'TIME_WAIT',
          metrics: 'network.connections.time_wait',
          description: 'TCP sockets in TIME_WAIT. A high value means many short connections.',
        },
      ]),
    },
  ],
});

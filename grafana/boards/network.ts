/** The network dashboard: traffic and sockets of the selected hosts. */

import { hostOfSeries, uids } from '../panels/links.ts';
import { timeSeries } from '../panels/time-series.ts';
import { chosenInterfaces } from '../queries/selectors.ts';
import { hiddenInterfacesVariable, instanceVariable, interfaceVariable, jobVariable } from '../queries/variables.ts';
import { buildBoard } from './board.ts';

const legend = '{{instance}} {{device}}';
const link = hostOfSeries;
const where = chosenInterfaces;

export const network = buildBoard({
  uid: uids.network,
  title: 'hostpulse / Network',
  description: 'Traffic, errors and sockets of all hosts.',
  variables: [jobVariable(), instanceVariable(), hiddenInterfacesVariable(), interfaceVariable()],
  rows: [
    {
      panels: [
        timeSeries({
          title: 'Received',
          description: 'Bytes received by each interface.',
          lines: [{ metric: 'network.io.bytes.recv', legend, where }],
          link,
        }),
        timeSeries({
          title: 'Sent',
          description: 'Bytes sent by each interface.',
          lines: [{ metric: 'network.io.bytes.sent', legend, where }],
          link,
        }),
        timeSeries({
          title: 'Packets received',
          description: 'Packets received by each interface.',
          lines: [{ metric: 'network.io.packets.recv', legend, where }],
          link,
        }),
        timeSeries({
          title: 'Packets sent',
          description: 'Packets sent by each interface.',
          lines: [{ metric: 'network.io.packets.sent', legend, where }],
          link,
        }),
      ],
    },
    {
      title: 'Faults',
      panels: [
        timeSeries({
          title: 'Errors',
          description:
            'Faulty packets received, and packets that could not be sent. Any at all point at a cable, a port or a driver.',
          lines: [
            { metric: 'network.io.errors.in', legend: `${legend} in`, where },
            { metric: 'network.io.errors.out', legend: `${legend} out`, where },
          ],
          link,
        }),
        timeSeries({
          title: 'Dropped',
          description:
            'Packets dropped after they were received and before they were sent: buffers too small, or a host too slow.',
          lines: [
            { metric: 'network.io.dropped.in', legend: `${legend} in`, where },
            { metric: 'network.io.dropped.out', legend: `${legend} out`, where },
          ],
          link,
        }),
      ],
    },
    {
      title: 'Sockets',
      panels: [
        timeSeries({
          title: 'TCP sockets',
          description: 'TCP sockets in use, IPv4 and IPv6.',
          lines: [{ metric: 'network.connections.tcp', legend: '{{instance}}' }],
          link,
        }),
        timeSeries({
          title: 'UDP sockets',
          description: 'UDP sockets in use, IPv4 and IPv6.',
          lines: [{ metric: 'network.connections.udp', legend: '{{instance}}' }],
          link,
        }),
        timeSeries({
          title: 'Established',
          description: 'TCP connections established or closing.',
          lines: [{ metric: 'network.connections.established', legend: '{{instance}}' }],
          link,
        }),
        timeSeries({
          title: 'TIME_WAIT',
          description: 'TCP sockets in TIME_WAIT. A high value means many short connections.',
          lines: [{ metric: 'network.connections.time_wait', legend: '{{instance}}' }],
          link,
        }),
      ],
    },
  ],
});

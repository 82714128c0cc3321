/** Network metrics: traffic of each interface, sockets of the host. */
import { counter, type Expression, gauge, total } from './expression.ts';
import { type CatalogueMetric, defineMetric, type Unit } from './metric.ts';

function traffic(name: string, help: string, unit: Unit, family: string, peak = false): CatalogueMetric {
  return defineMetric({
    name: `network.io.${name}`,
    help,
    unit,
    labels: ['device'],
    interval: '5s',
    peak,
    exported: counter(family),
  });
}

function connections(name: string, help: string, exported: Expression): CatalogueMetric {
  return defineMetric({
    name: `network.connections.${name}`,
    help,
    unit: 'count',
    labels: [],
    interval: '5s',
    peak: false,
    exported,
  });
}

export const networkMetrics = [
  traffic('bytes.sent', 'Sent.', 'bytes/s', 'node_network_transmit_bytes_total', true),
  traffic('bytes.recv', 'Received.', 'bytes/s', 'node_network_receive_bytes_total', true),
  traffic('packets.sent', 'Packets sent.', 'packets/s', 'node_network_transmit_packets_total'),
  traffic('packets.recv', 'Packets received.', 'packets/s', 'node_network_receive_packets_total'),
  traffic('errors.in', 'Faulty packets received.', 'errors/s', 'node_network_receive_errs_total'),
  traffic('errors.out', 'Packets that could not be sent.', 'errors/s', 'node_network_transmit_errs_total'),
  traffic('dropped.in', 'Packets received and dropped.', 'packets/s', 'node_network_receive_drop_total'),
  traffic('dropped.out', 'Packets dropped before sending.', 'packets/s', 'node_network_transmit_drop_total'),
  connections(
    'tcp',
    'TCP sockets in use, IPv4 and IPv6.',
    total(gauge('node_sockstat_TCP_inuse'), gauge('node_sockstat_TCP6_inuse')),
  ),
  connections(
    'udp',
    'UDP sockets in use, IPv4 and IPv6.',
    total(gauge('node_sockstat_UDP_inuse'), gauge('node_sockstat_UDP6_inuse')),
  ),
  connections('established', 'TCP connections established or closing.', gauge('node_netstat_Tcp_CurrEstab')),
  connections('time_wait', 'TCP sockets waiting out TIME_WAIT.', gauge('node_sockstat_TCP_tw')),
];

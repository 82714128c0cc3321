/** Lists the metrics of InfiniBand ports and the attributes that contain their values. Source: ABI/stable/sysfs-class-infiniband */
import type { AttributeMetric, Metric } from '../../exposition/sample-table.ts';
import { hardwareCounters } from './hardware-counters.ts';
import { counter } from './port-metric.ts';

/** Divisor of the counters of data, which count words of four bytes: one byte for each lane of the link. */
const wordsPerByte = 1 / 4;

/**
 * Folders below the folder of a port. `counters_ext` exists before Linux 4.5 and contains the counters of 64 bits. `hw_counters`
 * contains the counters of the driver.
 */
export const counterGroups = ['counters', 'counters_ext', 'hw_counters'] as const;

export const portCounters: readonly AttributeMetric[] = [
  ...hardwareCounters,
  counter(
    'excessive_buffer_overrun_errors_total',
    'counters/excessive_buffer_overrun_errors',
    'Number of times that OverrunErrors consecutive flow control update periods occurred, each having at least one overrun error.',
  ),
  counter(
    'legacy_data_received_bytes_total',
    'counters_ext/port_rcv_data_64',
    'Number of data octets received on all links',
    wordsPerByte,
  ),
  counter(
    'legacy_data_transmitted_bytes_total',
    'counters_ext/port_xmit_data_64',
    'Number of data octets transmitted on all links',
    wordsPerByte,
  ),
  counter(
    'legacy_multicast_packets_received_total',
    'counters_ext/port_multicast_rcv_packets',
    'Number of multicast packets received',
  ),
  counter(
    'legacy_multicast_packets_transmitted_total',
    'counters_ext/port_multicast_xmit_packets',
    'Number of multicast packets transmitted',
  ),
  counter(
    'legacy_packets_received_total',
    'counters_ext/port_rcv_packets_64',
    'Number of data packets received on all links',
  ),
  counter(
    'legacy_packets_transmitted_total',
    'counters_ext/port_xmit_packets_64',
    'Number of data packets received on all links',
  ),
  counter(
    'legacy_unicast_packets_received_total',
    'counters_ext/port_unicast_rcv_packets',
    'Number of unicast packets received',
  ),
  counter(
    'legacy_unicast_packets_transmitted_total',
    'counters_ext/port_unicast_xmit_packets',
    'Number of unicast packets transmitted',
  ),
  counter(
    'link_downed_total',
    'counters/link_downed',
    'Number of times the link failed to recover from an error state and went down',
  ),
  counter(
    'link_error_recovery_total',
    'counters/link_error_recovery',
    'Number of times the link successfully recovered from an error state',
  ),
  counter(
    'local_link_integrity_errors_total',
    'counters/local_link_integrity_errors',
    'Number of times that the count of local physical errors exceeded the threshold specified by LocalPhyErrors.',
  ),
  counter(
    'multicast_packets_received_total',
    'counters/multicast_rcv_packets',
    'Number of multicast packets received (including errors)',
  ),
  counter(
    'multicast_packets_transmitted_total',
    'counters/multicast_xmit_packets',
    'Number of multicast packets transmitted (including errors)',
  ),
  counter(
    'port_constraint_errors_received_total',
    'counters/port_rcv_constraint_errors',
    'Number of packets received on the switch physical port that are discarded',
  ),
  counter(
    'port_constraint_errors_transmitted_total',
    'counters/port_xmit_constraint_errors',
    'Number of packets not transmitted from the switch physical port',
  ),
  counter(
    'port_data_received_bytes_total',
    'counters/port_rcv_data',
    'Number of data octets received on all links',
    wordsPerByte,
  ),
  counter(
    'port_data_transmitted_bytes_total',
    'counters/port_xmit_data',
    'Number of data octets transmitted on all links',
    wordsPerByte,
  ),
  counter(
    'port_discards_received_total',
    'counters/port_rcv_discards',
    'Number of inbound packets discarded by the port because the port is down or congested',
  ),
  counter(
    'port_discards_transmitted_total',
    'counters/port_xmit_discards',
    'Number of outbound packets discarded by the port because the port is down or congested',
  ),
  counter(
    'port_errors_received_total',
    'counters/port_rcv_errors',
    'Number of packets containing an error that were received on this port',
  ),
  counter(
    'port_packets_received_total',
    'counters/port_rcv_packets',
    'Number of packets received on all VLs by this port (including errors)',
  ),
  counter(
    'port_packets_transmitted_total',
    'counters/port_xmit_packets',
    'Number of packets transmitted on all VLs from this port (including errors)',
  ),
  counter(
    'port_receive_remote_physical_errors_total',
    'counters/port_rcv_remote_physical_errors',
    'Number of packets marked with the EBP (End of Bad Packet) delimiter received on the port.',
  ),
  counter(
    'port_receive_switch_relay_errors_total',
    'counters/port_rcv_switch_relay_errors',
    'Number of packets that could not be forwarded by the switch.',
  ),
  counter(
    'port_transmit_wait_total',
    'counters/port_xmit_wait',
    'Number of ticks during which the port had data to transmit but no data was sent during the entire tick',
  ),
  counter(
    'symbol_error_total',
    'counters/symbol_error',
    'Number of minor link errors detected on one or more physical lanes.',
  ),
  counter(
    'unicast_packets_received_total',
    'counters/unicast_rcv_packets',
    'Number of unicast packets received (including errors)',
  ),
  counter(
    'unicast_packets_transmitted_total',
    'counters/unicast_xmit_packets',
    'Number of unicast packets transmitted (including errors)',
  ),
  counter(
    'vl15_dropped_total',
    'counters/VL15_dropped',
    'Number of incoming VL15 packets dropped due to resource limitations.',
  ),
];

/** Gauges of a port. The attribute of each gauge has a different format. */
export const portGauges = {
  lifespan: {
    ...gauge(
      'lifespan_seconds',
      'The maximum period in ms which defines the aging of the counter reads. Two consecutive reads within this period might return the same values.',
    ),
    divisor: 1_000,
  },
  physicalState: gauge(
    'physical_state_id',
    'Physical state of the InfiniBand port (0: no change, 1: sleep, 2: polling, 3: disable, 4: shift, 5: link up, 6: link error recover, 7: phytest)',
  ),
  rate: gauge('rate_bytes_per_second', 'Maximum signal transfer rate'),
  state: gauge(
    'state_id',
    'State of the InfiniBand port (0: no change, 1: down, 2: init, 3: armed, 4: active, 5: act defer)',
  ),
};

export const infoMetric: Metric = gauge(
  'info',
  'Non-numeric data from /sys/class/infiniband/<device>, value is always 1.',
);

function gauge(name: string, help: string): Metric {
  return { name: `node_infiniband_${name}`, type: 'gauge', help };
}

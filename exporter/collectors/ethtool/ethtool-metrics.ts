/** Names the metrics of the collector ethtool. */
import type { Metric } from '../../exposition/sample-table.ts';

function gauge(name: string, help: string): Metric {
  return { name: `node_${name}`, type: 'gauge', help };
}

export const infoMetric = gauge(
  'ethtool_info',
  "A metric with a constant '1' value labeled by bus_info, device, driver, expansion_rom_version, firmware_version, version.",
);

export const autonegotiateMetric = gauge('network_autonegotiate', 'If this port is using autonegotiate');
export const portMetric = gauge('network_supported_port_info', 'Type of ports or PHYs supported by network device');

interface ModeMetrics {
  readonly speed: Metric;
  readonly autonegotiate: Metric;
  readonly pause: Metric;
  readonly asymmetricPause: Metric;
}

export const supportedMetrics: ModeMetrics = {
  speed: gauge('network_supported_speed_bytes', 'Combination of speeds and features supported by network device'),
  autonegotiate: gauge('network_autonegotiate_supported', 'If this port device supports autonegotiate'),
  pause: gauge('network_pause_supported', 'If this port device supports pause frames'),
  asymmetricPause: gauge('network_asymmetricpause_supported', 'If this port device supports asymmetric pause frames'),
};

export const advertisedMetrics: ModeMetrics = {
  speed: gauge('network_advertised_speed_bytes', 'Combination of speeds and features offered by network device'),
  autonegotiate: gauge('network_autonegotiate_advertised', 'If this port device offers autonegotiate'),
  pause: gauge('network_pause_advertised', 'If this port device offers pause capability'),
  asymmetricPause: gauge(
    'network_asymmetricpause_advertised',
    'If this port device offers asymmetric pause capability',
  ),
};

/** Statistics that most drivers have, with names and HELP texts that differ from {@link statisticMetric}'s rule. */
const common: Readonly<Record<string, readonly [name: string, help: string]>> = {
  rx_bytes: ['received_bytes_total', 'Network interface bytes received'],
  rx_dropped: ['received_dropped_total', 'Number of received frames dropped'],
  rx_errors: ['received_errors_total', 'Number of received frames with errors'],
  rx_packets: ['received_packets_total', 'Network interface packets received'],
  tx_bytes: ['transmitted_bytes_total', 'Network interface bytes sent'],
  tx_errors: ['transmitted_errors_total', 'Number of sent frames with errors'],
  tx_packets: ['transmitted_packets_total', 'Network interface packets sent'],
};

/** Replaces each run of characters that a metric name must not have, and the underscores around the run, by an underscore. */
export function sanitized(statistic: string): string {
  return statistic.replaceAll(/_*[^0-9A-Za-z_]+_*/g, '_');
}

/** Returns the metric of a sanitized name. The words `rx` and `tx` become `received` and `transmitted`. */
export function statisticMetric(statistic: string): Metric {
  const known = Object.hasOwn(common, statistic) ? common[statistic] : undefined;
  const [name, help] = known ?? [derivedName(statistic), `Network interface ${statistic}`];
  return { name: `node_ethtool_${name}`, type: 'untyped', help };
}

/** Returns the name by which two statistics of a device are the same one. */
export function derivedName(statistic: string): string {
  return statistic
    .toLowerCase()
    .replace(/^_+/, '')
    .replaceAll(/(^|_)rx(_|$)/g, '$1received$2')
    .replaceAll(/(^|_)tx(_|$)/g, '$1transmitted$2');
}

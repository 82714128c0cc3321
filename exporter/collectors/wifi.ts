/** Exposes wireless devices, their access points and their stations, from netlink(7) nl80211. Source: iw(8) */
import type { Collector } from '../collector/collector.ts';
import type { MetricType } from '../exposition/family.ts';
import { createSampleTable, type Metric, type SampleTable } from '../exposition/sample-table.ts';
import { encodeCommand, readFamilyType } from '../netlink/generic.ts';
import { encodeAttribute, type NetlinkMessage } from '../netlink/netlink-message.ts';
import { type AskNetlink, loadNetlink, netlinkProtocol } from '../netlink/netlink-socket.ts';
import { isAbsent } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';
import { writeU32 } from '../syscall/host-order.ts';
import {
  command,
  linkAttribute,
  parseAccessPoints,
  parseDevices,
  parseStations,
  type Station,
  type WirelessDevice,
} from './wifi/wireless.ts';

function metric(name: string, type: MetricType, help: string): Metric {
  return { name: `node_wifi_${name}`, type, help };
}

const frequencyMetric = metric(
  'interface_frequency_hertz',
  'gauge',
  'The current frequency a WiFi interface is operating at, in hertz.',
);
const infoMetric = metric(
  'station_info',
  'gauge',
  'Labeled WiFi interface station information as provided by the operating system.',
);

const stationMetrics: readonly (readonly [Exclude<keyof Station, 'address'>, Metric])[] = [
  [
    'connectedSeconds',
    metric(
      'station_connected_seconds_total',
      'counter',
      'The total number of seconds a station has been connected to an access point.',
    ),
  ],
  [
    'inactiveSeconds',
    metric(
      'station_inactive_seconds',
      'gauge',
      'The number of seconds since any wireless activity has occurred on a station.',
    ),
  ],
  [
    'receiveBitsPerSecond',
    metric(
      'station_receive_bits_per_second',
      'gauge',
      'The current WiFi receive bitrate of a station, in bits per second.',
    ),
  ],
  [
    'transmitBitsPerSecond',
    metric(
      'station_transmit_bits_per_second',
      'gauge',
      'The current WiFi transmit bitrate of a station, in bits per second.',
    ),
  ],
  [
    'receivedBytes',
    metric('station_receive_bytes_total', 'counter', 'The total number of bytes received by a WiFi station.'),
  ],
  [
    'transmittedBytes',
    metric('station_transmit_bytes_total', 'counter', 'The total number of bytes transmitted by a WiFi station.'),
  ],
  [
    'signalDbm',
    metric('station_signal_dbm', 'gauge', 'The current WiFi signal strength, in decibel-milliwatts (dBm).'),
  ],
  [
    'transmitRetries',
    metric(
      'station_transmit_retries_total',
      'counter',
      'The total number of times a station has had to retry while sending a packet.',
    ),
  ],
  [
    'transmitFailed',
    metric(
      'station_transmit_failed_total',
      'counter',
      'The total number of times a station has failed to send a packet.',
    ),
  ],
  [
    'beaconLoss',
    metric('station_beacon_loss_total', 'counter', 'The total number of times a station has detected a beacon loss.'),
  ],
  [
    'transmittedPackets',
    metric('station_transmitted_packets_total', 'counter', 'The total number of packets transmitted by a station.'),
  ],
  [
    'receivedPackets',
    metric('station_received_packets_total', 'counter', 'The total number of packets received by a station.'),
  ],
];

export const wifi: Collector = createWifi(() => loadNetlink('wifi'));

/** Returns the collector, which calls `load` at its first read. An error of `load` fails only this collector. */
export function createWifi(load: () => AskNetlink): Collector {
  return {
    name: 'wifi',
    defaultEnabled: false,
    help: 'Exposes wireless devices, their access points and their stations, from netlink; needs Node.js 26.',
    docs: {
      source: 'netlink(7): nl80211',
      cost: 'a series per wireless device and twelve per station',
      differences: [
        {
          upstream: 'exposes 0 for values that a driver does not have',
          here: 'omits these values',
          reason: 'an absent value is not mistaken for 0',
        },
        {
          upstream: 'fails when a driver cannot list the stations of a device',
          here: 'exposes the other devices',
          reason: 'one device does not hide the others',
        },
        {
          upstream: '`--collector.wifi.fixtures` reads the values from files',
          here: 'accepted and logged; has no effect',
          reason: "the flag is for node_exporter's tests",
        },
      ],
    },
    flags: [{ name: 'fixtures', help: 'Accepted for compatibility with node_exporter; has no effect.' }],
    create({ flags, faults, log }) {
      if (flags['fixtures']) log.warn('--collector.wifi.fixtures has no effect; values are those of the kernel');
      let ask: AskNetlink | undefined;
      return () => {
        ask ??= load();
        const type = readFamilyType(ask, 'nl80211');
        if (type === undefined) return [];
        const kernel = createWireless(ask, type);
        const table = createSampleTable([frequencyMetric]);
        for (const device of parseDevices(kernel.devices(), faults)) addDevice(table, device, { kernel, faults });
        return table.families();
      };
    },
  };
}

interface Wireless {
  devices(): readonly NetlinkMessage[];
  /** Returns what a command lists of a device; nothing when the driver does not support the command or the device is gone. */
  ofDevice(code: number, device: WirelessDevice): readonly NetlinkMessage[];
}

function createWireless(ask: AskNetlink, type: number): Wireless {
  const list = (body: Buffer) => ask({ protocol: netlinkProtocol.generic, type, body, isDump: true });
  return {
    devices: () => list(encodeCommand(command.getInterface)),
    ofDevice(code, { linkIndex }) {
      const index = Buffer.alloc(4);
      writeU32(index, linkIndex, 0);
      try {
        return list(encodeCommand(code, encodeAttribute(linkAttribute, index)));
      } catch (error) {
        if (isAbsent(error)) return [];
        throw error;
      }
    },
  };
}

interface AddOptions {
  readonly kernel: Wireless;
  readonly faults: ValueFaults;
}

function addDevice(table: SampleTable, device: WirelessDevice, { kernel, faults }: AddOptions): void {
  const { name, frequencyHertz } = device;
  table.add(frequencyMetric, { device: name }, frequencyHertz);
  const [accessPoint] = parseAccessPoints(kernel.ofDevice(command.getScan, device), faults);
  if (accessPoint !== undefined) {
    const { address, networkName, mode } = accessPoint;
    table.add(infoMetric, { bssid: address, device: name, mode, ssid: networkName }, 1);
  }
  for (const station of parseStations(kernel.ofDevice(command.getStation, device), faults))
    for (const [field, each] of stationMetrics)
      table.add(each, { device: name, mac_address: station.address }, station[field]);
}

/**
 * Exposes bytes, packets, errors and drops of network devices from /proc/net/dev, and the number of packets without a handler from
 * /sys/class/net.
 */
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { memoize } from '../collector/memoize.ts';
import { compileNameFilter, type NameFilterFlags, nameFilterFlags } from '../collector/name-filter.ts';
import { counter, type Family, gauge, type Labels, type Sample } from '../exposition/family.ts';
import { readHostFile } from '../procfs/host-file.ts';
import { type NetworkDevice, netDevColumns, parseNetDev } from '../procfs/net-dev.ts';
import { type AttributeReader, createAttributeReader } from '../procfs/sysfs.ts';

export const filterFlags: NameFilterFlags = {
  collector: 'netdev',
  include: 'device-include',
  exclude: 'device-exclude',
  oldInclude: 'device-whitelist',
  oldExclude: 'device-blacklist',
};

const detailedNames: Readonly<Record<string, string>> = {
  receive_errs: 'receive_errors',
  receive_drop: 'receive_dropped',
  transmit_errs: 'transmit_errors',
  transmit_drop: 'transmit_dropped',
};

export const netdev: Collector = {
  name: 'netdev',
  defaultEnabled: true,
  help: 'Exposes bytes, packets, errors and drops of network devices, from /proc/net/dev.',
  docs: {
    source: '/proc/net/dev, /sys/class/net/*/statistics/rx_nohandler',
    differences: [
      {
        upstream: 'reads netlink',
        here: 'reads /proc/net/dev and /sys/class/net/*/statistics/rx_nohandler',
        reason: 'Node.js cannot open netlink sockets; the families and sums are the same',
      },
    ],
  },
  flags: [
    ...nameFilterFlags('net devices', filterFlags),
    { name: 'address-info', help: 'Collect address-info for every device', isSwitch: true, default: 'false' },
    {
      name: 'enable-detailed-metrics',
      help: 'Use (incompatible) metric names that provide more detailed stats on Linux',
      isSwitch: true,
      default: 'false',
    },
    { name: 'label-ifalias', help: 'Add ifAlias label', isSwitch: true, default: 'false' },
    {
      name: 'netlink',
      help: 'Accepted for compatibility with node_exporter; the statistics always come from /proc/net/dev.',
      isSwitch: true,
      isHidden: true,
      default: 'false',
    },
  ],
  create({ paths, flags, faults }) {
    const attributes = createAttributeReader(faults);
    const isShown = compileNameFilter(flags, filterFlags);
    const metrics = netDevColumns.map((column) => metricOf(column, flags['enable-detailed-metrics'] === 'true'));
    const path = join(paths.procfs, 'net', 'dev');
    const noHandlerPath = memoize((device) => join(paths.sysfs, 'class', 'net', device, 'statistics', 'rx_nohandler'));
    const readNoHandler = (device: string) => attributes.unsigned(noHandlerPath(device));
    const labelsOf =
      flags['label-ifalias'] === 'true'
        ? (device: string) => readLabels(paths.sysfs, device, attributes)
        : memoize((device): Labels => ({ device }));
    return () => {
      const devices = parseNetDev(readHostFile(path), faults).filter(({ name }) => isShown(name));
      const labels = devices.map(({ name }) => labelsOf(name));
      const families = [...familiesOf(devices, metrics, labels), noHandlerFamily(devices, labels, readNoHandler)];
      return flags['address-info'] === 'true' ? [...families, readAddressInfo(isShown)] : families;
    };
  },
};

interface Metric {
  readonly name: string;
  readonly help: string;
}

function metricOf(column: string, isDetailed: boolean): Metric {
  const key = isDetailed ? (detailedNames[column] ?? column) : column;
  return { name: `node_network_${key}_total`, help: `Network device statistic ${key}.` };
}

function familiesOf(
  devices: readonly NetworkDevice[],
  metrics: readonly Metric[],
  labels: readonly Labels[],
): Family[] {
  return metrics.map(({ name, help }, column) => counter(name, help, columnSamples(devices, labels, column)));
}

function columnSamples(devices: readonly NetworkDevice[], labels: readonly Labels[], column: number): Sample[] {
  const samples: Sample[] = [];
  for (let row = 0; row < devices.length; row++) {
    const value = (devices[row] as NetworkDevice).values[column];
    if (value !== undefined) samples.push({ labels: labels[row] as Labels, value });
  }
  return samples;
}

/**
 * Returns the family of the packets for which the kernel had no handler, such as packets of an inactive device of a bond.
 * /proc/net/dev does not contain their number.
 */
function noHandlerFamily(
  devices: readonly NetworkDevice[],
  labels: readonly Labels[],
  read: (device: string) => number | undefined,
): Family {
  const { name, help } = metricOf('receive_nohandler', false);
  const samples: Sample[] = [];
  for (const [row, device] of devices.entries()) {
    const value = read(device.name);
    if (value !== undefined) samples.push({ labels: labels[row] as Labels, value });
  }
  return counter(name, help, samples);
}

function readLabels(sysfs: string, device: string, attributes: AttributeReader): Labels {
  const path = join(sysfs, 'class', 'net', device, 'ifalias');
  const ifalias = attributes.line(path);
  return ifalias === undefined ? { device } : { device, ifalias };
}

/** Reads the addresses of this machine's network devices that are up. They are not in a file, so `--path.*` does not apply. */
function readAddressInfo(isShown: (device: string) => boolean): Family {
  const samples: Sample[] = [];
  for (const [device, addresses = []] of Object.entries(networkInterfaces())) {
    if (!isShown(device)) continue;
    for (const address of addresses) {
      const netmask = address.cidr?.split('/')[1];
      if (netmask === undefined) continue;
      samples.push({ labels: { address: address.address, device, netmask, scope: scopeOf(address) }, value: 1 });
    }
  }
  return gauge('node_network_address_info', 'node network address by device', samples);
}

/** Returns the scope as node_exporter names it; loopback is `link-local`. */
function scopeOf({ address, family, internal }: NetworkInterfaceInfo): string {
  if (internal || address.startsWith('169.254.')) return 'link-local';
  return family === 'IPv6' && /^fe[89ab]/i.test(address) ? 'link-local' : 'global';
}

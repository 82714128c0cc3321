/** Exposes state, speed, MTU and other properties of network devices, from /sys/class/net. Source: ABI/testing/sysfs-class-net */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { checkGoRegexp, compileGoRegexp } from '../collector/go-regexp.ts';
import type { Family, MetricType, Sample } from '../exposition/family.ts';
import { listFolder } from '../procfs/sysfs.ts';
import { createNetDeviceReader, type NetDeviceProperties } from './netclass/net-device.ts';

/** In the order of exposition: name and type of the metric, and its attribute. */
const metrics: readonly (readonly [name: string, type: MetricType, attribute: string])[] = [
  ['address_assign_type', 'gauge', 'addr_assign_type'],
  ['carrier', 'gauge', 'carrier'],
  ['carrier_changes_total', 'counter', 'carrier_changes'],
  ['carrier_down_changes_total', 'counter', 'carrier_down_count'],
  ['carrier_up_changes_total', 'counter', 'carrier_up_count'],
  ['device_id', 'gauge', 'dev_id'],
  ['dormant', 'gauge', 'dormant'],
  ['flags', 'gauge', 'flags'],
  ['iface_id', 'gauge', 'ifindex'],
  ['iface_link', 'gauge', 'iflink'],
  ['iface_link_mode', 'gauge', 'link_mode'],
  ['mtu_bytes', 'gauge', 'mtu'],
  ['name_assign_type', 'gauge', 'name_assign_type'],
  ['net_dev_group', 'gauge', 'netdev_group'],
  ['protocol_type', 'gauge', 'type'],
  ['transmit_queue_length', 'gauge', 'tx_queue_len'],
];

export const netclass: Collector = {
  name: 'netclass',
  defaultEnabled: true,
  help: 'Exposes state, speed, MTU and other properties of network devices, from /sys/class/net.',
  docs: {
    source: '/sys/class/net',
    differences: [
      {
        upstream: 'reads netlink with `--collector.netclass_rtnl`',
        here: 'reads /sys/class/net',
        reason: 'Node.js cannot open netlink sockets',
      },
      {
        upstream: 'reads every attribute at every scrape',
        here: 'reads configured attributes once a minute',
        reason: 'configured attributes change only when an administrator sets them',
      },
    ],
  },
  flags: [
    {
      name: 'ignored-devices',
      help: 'Regexp of net devices to ignore for netclass collector.',
      default: '^$',
      check: checkGoRegexp,
    },
    {
      name: 'ignore-invalid-speed',
      help: 'Ignore devices where the speed is invalid. This will be the default behavior in 2.x.',
      isSwitch: true,
      default: 'false',
    },
    {
      name: 'netlink',
      help: 'Accepted for compatibility with node_exporter; the properties always come from /sys/class/net.',
      isSwitch: true,
      isHidden: true,
      default: 'false',
    },
  ],
  create({ paths, flags, faults, now = Date.now }) {
    const folder = join(paths.sysfs, 'class', 'net');
    const ignored = compileGoRegexp(flags['ignored-devices'] ?? '');
    const keepsInvalidSpeed = flags['ignore-invalid-speed'] !== 'true';
    const readDevice = createNetDeviceReader(folder, faults, now);
    let last: { readonly devices: readonly NetDeviceProperties[]; readonly families: Family[] } | undefined;
    return () => {
      const devices: NetDeviceProperties[] = [];
      for (const entry of listFolder(folder) ?? []) {
        // The folder may also hold files, such as bonding_masters.
        if (entry.isFile() || ignored.test(entry.name)) continue;
        const device = readDevice(entry.name);
        if (device !== undefined) devices.push(device);
      }
      if (devices.length === 0) return [];
      const isUnchanged =
        last?.devices.length === devices.length && devices.every((device, index) => device === last?.devices[index]);
      if (last === undefined || !isUnchanged) last = { devices, families: familiesOf(devices, keepsInvalidSpeed) };
      return last.families;
    };
  },
};

function familiesOf(devices: readonly NetDeviceProperties[], keepsInvalidSpeed: boolean): Family[] {
  const family = (
    name: string,
    help: string,
    type: MetricType,
    sampleOf: (device: NetDeviceProperties) => Sample | undefined,
  ): Family => ({
    name: `node_network_${name}`,
    help,
    type,
    samples: devices.map(sampleOf).filter((sample) => sample !== undefined),
  });
  const property = (name: string, type: MetricType, valueOf: (device: NetDeviceProperties) => number | undefined) =>
    family(name, `Network device property: ${name}`, type, (device) => {
      const value = valueOf(device);
      return value === undefined ? undefined : { labels: device.labels, value };
    });
  return [
    ...metrics.map(([name, type, attribute]) => property(name, type, ({ numbers }) => numbers.get(attribute))),
    family('info', 'Non-numeric data from /sys/class/net/<iface>, value is always 1.', 'gauge', (device) => ({
      labels: device.info,
      value: 1,
    })),
    property('speed_bytes', 'gauge', ({ numbers }) => speedBytes(numbers.get('speed'), keepsInvalidSpeed)),
    family('up', "Value is 1 if operstate is 'up', 0 otherwise.", 'gauge', ({ labels, info }) => ({
      labels,
      value: info['operstate'] === 'up' ? 1 : 0,
    })),
  ];
}

/** Converts megabits per second to bytes per second. Drivers use -1 for unknown, which node_exporter exposes as -125000. */
function speedBytes(megabits: number | undefined, keepsInvalid: boolean): number | undefined {
  return megabits === undefined || (megabits < 0 && !keepsInvalid) ? undefined : (megabits * 1e6) / 8;
}

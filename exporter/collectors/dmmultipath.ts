/** Exposes device-mapper multipath devices and the states of their paths, from /sys/block/dm-*. Source: ABI/testing/sysfs-block-dm */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { createSampleTable, type Metric, type SampleTable } from '../exposition/sample-table.ts';
import { type AttributeReader, createAttributeReader, listFolder, sectorBytes } from '../procfs/sysfs.ts';

const metrics = {
  active: metric('device_active', 'Whether the multipath device-mapper device is active (1) or suspended (0).'),
  info: metric('device_info', 'Non-numeric information about a DM-multipath device.'),
  paths: metric('device_paths', 'Number of paths for a multipath device.'),
  pathsActive: metric(
    'device_paths_active',
    'Number of paths in active state (SCSI running or NVMe live) for a multipath device.',
  ),
  pathsFailed: metric('device_paths_failed', 'Number of paths not in active state for a multipath device.'),
  size: metric('device_size_bytes', 'Size of the multipath device in bytes, read from /sys/block/<dm>/size.'),
  pathState: metric(
    'path_state',
    'Reports the underlying device state for a multipath path, as read from /sys/block/<dev>/device/state.',
  ),
};

function metric(name: string, help: string): Metric {
  return { name: `node_dmmultipath_${name}`, type: 'gauge', help };
}

/** States of a healthy path: `running` of a SCSI device, `live` of an NVMe controller. */
const activeStates = new Set(['running', 'live']);

export const dmmultipath: Collector = {
  name: 'dmmultipath',
  defaultEnabled: true,
  help: 'Exposes device-mapper multipath devices and the states of their paths, from /sys/block/dm-*.',
  docs: {
    source: '/sys/block/dm-*',
    differences: [
      {
        upstream: 'fails when a path has no state',
        here: 'omits the numbers of active and failed paths of this device',
        reason: 'the numbers would be wrong',
      },
    ],
  },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const root = join(paths.sysfs, 'block');
    return () => {
      const entries = listFolder(root);
      if (entries === undefined) return [];
      const table = createSampleTable(Object.values(metrics));
      for (const { name } of entries) {
        if (!name.startsWith('dm-')) continue;
        // The UUID of a logical volume or an encrypted disk has another prefix.
        const uuid = attributes.line(join(root, name, 'dm', 'uuid')) ?? '';
        if (uuid.startsWith('mpath-')) addDevice(table, { root, name, uuid, attributes });
      }
      return table.families();
    };
  },
};

interface Device {
  readonly root: string;
  readonly name: string;
  readonly uuid: string;
  readonly attributes: AttributeReader;
}

function addDevice(table: SampleTable, { root, name, uuid, attributes }: Device): void {
  const folder = join(root, name);
  const device = attributes.line(join(folder, 'dm', 'name')) ?? '';
  const labels = { device, sysfs_name: name };
  table.add(metrics.info, { ...labels, uuid }, 1);
  const suspended = attributes.unsigned(join(folder, 'dm', 'suspended'));
  table.add(metrics.active, labels, suspended === undefined ? undefined : Number(suspended !== 1));
  const sectors = attributes.unsigned(join(folder, 'size'));
  table.add(metrics.size, labels, sectors === undefined ? undefined : sectors * sectorBytes);
  const paths = attributes.folder(join(folder, 'slaves')) ?? [];
  table.add(metrics.paths, labels, paths.length);
  const states = paths.map(({ name: path }) => ({
    path,
    state: attributes.line(join(root, path, 'device', 'state')),
  }));
  for (const { path, state } of states)
    if (state !== undefined) table.add(metrics.pathState, { device, path, state }, 1);
  // The counts would be wrong without the state of each path.
  if (states.some(({ state }) => state === undefined)) return;
  const active = states.filter(({ state = '' }) => activeStates.has(state)).length;
  table.add(metrics.pathsActive, labels, active);
  table.add(metrics.pathsFailed, labels, paths.length - active);
}

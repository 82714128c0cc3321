/** Exposes models, links, power states and virtual functions of PCI devices, from /sys/bus/pci/devices. Source: ABI/testing/sysfs-bus-pci */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cachedReading, deviceFactsMaxAgeMs } from '../collector/cached-reading.ts';
import type { Collector } from '../collector/collector.ts';
import type { Labels } from '../exposition/family.ts';
import { createSampleTable, type Metric, type SampleTable } from '../exposition/sample-table.ts';
import { type AttributeReader, createAttributeReader, listFolder } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';
import { type DeviceFacts, readDeviceFacts } from './pcidevice/device-facts.ts';
import { parseLinkSpeed, parseLinkWidth, readLink } from './pcidevice/link.ts';
import { createNameReader } from './pcidevice/pci-names.ts';

const metrics = {
  info: metric('info', 'Non-numeric data from /sys/bus/pci/devices/<location>, value is always 1.'),
  maxSpeed: metric('max_link_transfers_per_second', "Value of maximum link's transfers per second (T/s)"),
  maxWidth: metric('max_link_width', "Value of maximum link's width (number of lanes)"),
  currentSpeed: metric('current_link_transfers_per_second', "Value of current link's transfers per second (T/s)"),
  currentWidth: metric('current_link_width', "Value of current link's width (number of lanes)"),
  numaNode: metric('numa_node', 'NUMA node number for the PCI device. -1 indicates unknown or not available.'),
  powerState: metric('power_state', 'PCIe device power state, one of: D0, D1, D2, D3hot, D3cold, unknown or error.'),
  d3coldAllowed: metric('d3cold_allowed', 'Whether the PCIe device supports D3cold power state (0/1).'),
  autoprobe: metric('sriov_drivers_autoprobe', 'Whether SR-IOV drivers autoprobe is enabled for the device (0/1).'),
  functions: metric('sriov_numvfs', 'Number of Virtual Functions (VFs) currently enabled for SR-IOV.'),
  maxFunctions: metric('sriov_totalvfs', 'Total number of Virtual Functions (VFs) supported by the device.'),
  vectors: metric('sriov_vf_total_msix', 'Total number of MSI-X vectors for Virtual Functions.'),
};

function metric(name: string, help: string): Metric {
  return { name: `node_pcidevice_${name}`, type: 'gauge', help };
}

/** Attributes with an integer. A device without the capability does not have the file, and its value is 0. */
const integers = [
  ['d3cold_allowed', metrics.d3coldAllowed],
  ['sriov_drivers_autoprobe', metrics.autoprobe],
  ['sriov_numvfs', metrics.functions],
  ['sriov_totalvfs', metrics.maxFunctions],
  ['sriov_vf_total_msix', metrics.vectors],
] as const;

const powerStates = ['D0', 'D1', 'D2', 'D3cold', 'D3hot', 'error', 'unknown'] as const;

export const pcidevice: Collector = {
  name: 'pcidevice',
  defaultEnabled: false,
  help: 'Exposes models, links, power states and virtual functions of PCI devices, from /sys/bus/pci/devices.',
  docs: {
    source: '/sys/bus/pci/devices; names from pci.ids below `--path.rootfs`',
    cost: 'about 18 series and nine files per device',
    differences: [
      {
        upstream: 'fails when an attribute of one device cannot be read',
        here: 'omits the value, or the device without a class, vendor, model or revision',
        reason: 'the other devices are correct',
      },
      {
        upstream: 'reads the models and the maximum of the links at every scrape',
        here: 'reads these attributes once a minute',
        reason: 'the attributes change only when a device is plugged in',
      },
    ],
  },
  flags: [
    {
      name: 'names',
      help: 'Enable PCI device name resolution (requires pci.ids file).',
      isSwitch: true,
      default: 'false',
    },
    { name: 'idsfile', help: 'Path to pci.ids file to use for PCI device identification.' },
  ],
  create({ paths, flags, log, faults, now = Date.now }) {
    const attributes = createAttributeReader(faults);
    const root = join(paths.sysfs, 'bus', 'pci', 'devices');
    const readNames =
      flags['names'] === 'true'
        ? createNameReader({ idsFile: flags['idsfile'], rootfs: paths.rootfs, log })
        : undefined;
    const factsOf = cachedReading((names) => readDeviceFacts(root, names.split('\n'), { attributes, faults }), {
      maxAgeMs: deviceFactsMaxAgeMs,
      now,
    });
    return () => {
      const entries = listFolder(root);
      if (entries === undefined) return [];
      const devices = factsOf(entries.map(({ name }) => name).join('\n'));
      const nameOf = readNames?.(devices.map(({ ids }) => ids));
      const table = createSampleTable(Object.values(metrics));
      for (const device of devices) addDevice(table, { ...device, names: nameOf?.(device.ids), attributes, faults });
      return table.families();
    };
  },
};

interface Device extends DeviceFacts {
  /** Labels with names, when `--collector.pcidevice.names` is given. */
  readonly names: Labels | undefined;
  readonly attributes: AttributeReader;
  readonly faults: ValueFaults;
}

function addDevice(table: SampleTable, device: Device): void {
  const { folder, location, parent, ids, names, attributes, faults } = device;
  table.add(metrics.info, sortedLabels({ ...location, ...parent, ...ids, ...names }), 1);
  table.add(metrics.maxSpeed, location, device.maxSpeed);
  table.add(metrics.maxWidth, location, device.maxWidth);
  table.add(metrics.numaNode, location, device.numaNode);
  const read = (attribute: string) => ({ path: join(folder, attribute), attributes, faults });
  table.add(metrics.currentSpeed, location, readLink(read('current_link_speed'), parseLinkSpeed));
  table.add(metrics.currentWidth, location, readLink(read('current_link_width'), parseLinkWidth));
  for (const [attribute, each] of integers) {
    const path = join(folder, attribute);
    table.add(each, location, existsSync(path) ? attributes.unsigned(path) : 0);
  }
  const current = attributes.line(join(folder, 'power_state'));
  if (current === undefined || current === '') return;
  for (const state of powerStates) table.add(metrics.powerState, { ...location, state }, Number(state === current));
}

function sortedLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

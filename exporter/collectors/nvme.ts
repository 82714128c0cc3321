/** Exposes the models and states of NVMe controllers, and the sizes of their namespaces, from /sys/class/nvme. */
import { join } from 'node:path';
import { cachedReading, deviceFactsMaxAgeMs } from '../collector/cached-reading.ts';
import type { Collector } from '../collector/collector.ts';
import { type Family, gauge, type Labels } from '../exposition/family.ts';
import { type AttributeReader, createAttributeReader, listFolder, listNumbered, sectorBytes } from '../procfs/sysfs.ts';

const infoMetric = {
  name: 'node_nvme_info',
  help: 'Non-numeric data from /sys/class/nvme/<device>, value is always 1.',
};

/** In the order of exposition. */
const namespaceMetrics = [
  [
    'namespace_capacity_bytes',
    'Capacity of the NVMe namespace in bytes. Computed as namespace_size * namespace_logical_block_size',
    'sizeBytes',
  ],
  [
    'namespace_logical_block_size_bytes',
    'Logical block size of the NVMe namespace in bytes. Usually 4Kb. Available in /sys/class/nvme/<device>/<namespace>/queue/logical_block_size',
    'blockBytes',
  ],
  [
    'namespace_size_bytes',
    'Size of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/size',
    'sizeBytes',
  ],
  [
    'namespace_used_bytes',
    'Used space of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/nuse',
    'usedBytes',
  ],
] as const;

interface Namespace {
  readonly labels: Labels;
  readonly infoLabels: Labels;
  readonly sizeBytes: number | undefined;
  readonly blockBytes: number | undefined;
  /** Available since Linux 6.8. */
  readonly usedBytes: number | undefined;
}

interface Controller {
  readonly folder: string;
  readonly facts: Labels;
  readonly namespaces: readonly Namespace[];
}

export const nvme: Collector = {
  name: 'nvme',
  defaultEnabled: true,
  help: 'Exposes the models and states of NVMe controllers, and the sizes of their namespaces, from /sys/class/nvme.',
  docs: {
    source: '/sys/class/nvme',
    differences: [
      {
        upstream: 'multiplies `size` by the size of a logical block',
        here: 'multiplies `size` by 512',
        reason: '`size` always counts sectors of 512 bytes',
      },
    ],
  },
  flags: [],
  create({ paths, faults, now = Date.now }) {
    const attributes = createAttributeReader(faults);
    const root = join(paths.sysfs, 'class', 'nvme');
    const readControllers = cachedReading(() => listControllers(root, attributes), {
      maxAgeMs: deviceFactsMaxAgeMs,
      now,
    });
    return () => {
      const names = listFolder(root)?.map(({ name }) => name) ?? [];
      return names.length === 0 ? [] : familiesOf(readControllers(names.join()), attributes);
    };
  },
};

function listControllers(root: string, attributes: AttributeReader): Controller[] {
  return listNumbered(root, /^nvme(\d+)$/).flatMap(({ name: device }) => {
    const folder = join(root, device);
    const text = (file: string) => attributes.line(join(folder, file)) ?? '';
    const facts = {
      cntlid: text('cntlid'),
      device,
      firmware_revision: text('firmware_rev'),
      model: text('model'),
      serial: text('serial'),
    };
    // With native multipath a controller has the paths of namespaces, such as nvme0c0n1.
    const names = new Map(
      attributes.numbered(folder, /^nvme\d+(?:c\d+)?n(\d+)$/).map(({ name, number: nsid }) => [nsid, name]),
    );
    const namespaces = [...names].map(([nsid, name]) =>
      readNamespace(join(folder, name), { device, nsid }, attributes),
    );
    return [{ folder, facts, namespaces }];
  });
}

function readNamespace(folder: string, labels: Labels, attributes: AttributeReader): Namespace {
  const number = (file: string) => attributes.unsigned(join(folder, file));
  const sectors = number('size');
  const blockBytes = number('queue/logical_block_size');
  const usedBlocks = number('nuse');
  const { device = '', nsid = '' } = labels;
  return {
    labels,
    infoLabels: { ana_state: attributes.line(join(folder, 'ana_state')) || 'unknown', device, nsid },
    sizeBytes: sectors === undefined ? undefined : sectors * sectorBytes,
    blockBytes,
    usedBytes: usedBlocks === undefined || blockBytes === undefined ? undefined : usedBlocks * blockBytes,
  };
}

function familiesOf(controllers: readonly Controller[], attributes: AttributeReader): Family[] {
  const namespaces = controllers.flatMap((each) => each.namespaces);
  const infos = controllers.map(({ folder, facts }) => {
    // The state (live, resetting, dead) may change at any time and is not cached.
    const state = attributes.line(join(folder, 'state')) ?? '';
    return { labels: { ...facts, state }, value: 1 };
  });
  return [
    gauge(infoMetric.name, infoMetric.help, infos),
    gauge(
      'node_nvme_namespace_info',
      'Information about NVMe namespaces. Value is always 1',
      namespaces.map(({ infoLabels }) => ({ labels: infoLabels, value: 1 })),
    ),
    ...namespaceMetrics.map(([name, help, field]) =>
      gauge(
        `node_nvme_${name}`,
        help,
        namespaces.flatMap(({ labels, [field]: value }) => (value === undefined ? [] : [{ labels, value }])),
      ),
    ),
  ];
}

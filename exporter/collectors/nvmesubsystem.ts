/** Exposes NVMe subsystems and the states of the paths to them, from /sys/class/nvme-subsystem. Source: drivers/nvme/host/multipath.c of the kernel */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { createSampleTable, type Metric, type SampleTable } from '../exposition/sample-table.ts';
import { type AttributeReader, createAttributeReader, listFolder } from '../procfs/sysfs.ts';

const metrics = {
  info: metric('info', 'Non-numeric information about an NVMe subsystem.'),
  namespaceInfo: metric('namespace_info', 'Maps an NVMe namespace block device to its subsystem.'),
  pathState: metric('path_state', 'Current NVMe controller path state (1 for the current state, 0 for all others).'),
  paths: metric('paths', 'Number of controller paths for an NVMe subsystem.'),
  pathsLive: metric('paths_live', 'Number of controller paths in live state for an NVMe subsystem.'),
};

function metric(name: string, help: string): Metric {
  return { name: `node_nvmesubsystem_${name}`, type: 'gauge', help };
}

/** Each path has a series for each state. */
const states = ['connecting', 'dead', 'deleting', 'live', 'new', 'resetting', 'unknown'] as const;
type PathState = (typeof states)[number];

export const nvmesubsystem: Collector = {
  name: 'nvmesubsystem',
  defaultEnabled: false,
  help: 'Exposes NVMe subsystems and the states of the paths to them, from /sys/class/nvme-subsystem.',
  docs: {
    source: '/sys/class/nvme-subsystem',
    cost: 'three series per subsystem, seven per path, one per namespace',
    differences: [
      {
        upstream: 'fails when an attribute of a subsystem or a controller is missing',
        here: 'exposes an empty label, or omits the states and the number of live paths',
        reason: 'a controller may disappear during the read',
      },
    ],
  },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const root = join(paths.sysfs, 'class', 'nvme-subsystem');
    return () => {
      const entries = listFolder(root);
      if (entries === undefined) return [];
      const table = createSampleTable(Object.values(metrics));
      for (const { name } of entries) if (name.startsWith('nvme-subsys')) addSubsystem(table, root, name, attributes);
      return table.families();
    };
  },
};

function addSubsystem(table: SampleTable, root: string, subsystem: string, attributes: AttributeReader): void {
  const folder = join(root, subsystem);
  const text = (attribute: string) => attributes.line(join(folder, attribute)) ?? '';
  const [iopolicy, model, nqn, serial] = ['iopolicy', 'model', 'subsysnqn', 'serial'].map(text) as [
    string,
    string,
    string,
    string,
  ];
  table.add(metrics.info, { iopolicy, model, nqn, serial, subsystem }, 1);
  const names = (attributes.folder(folder) ?? []).map(({ name }) => name);
  for (const device of names.filter((name) => /^nvme\d+n\d+$/.test(name)))
    table.add(metrics.namespaceInfo, { device, subsystem }, 1);
  const controllers = names.filter((name) => /^nvme\d+$/.test(name));
  const current = controllers.map((controller) => attributes.line(join(folder, controller, 'state')));
  for (const [index, controller] of controllers.entries()) {
    const state = current[index];
    if (state === undefined) continue;
    const transport = attributes.line(join(folder, controller, 'transport')) ?? '';
    for (const each of states)
      table.add(
        metrics.pathState,
        { controller, state: each, subsystem, transport },
        Number(each === pathState(state)),
      );
  }
  table.add(metrics.paths, { subsystem }, controllers.length);
  if (!current.includes(undefined))
    table.add(metrics.pathsLive, { subsystem }, current.filter((state) => state === 'live').length);
}

/** Returns the state that the label names. `deleting (no IO)` is `deleting`. Source: nvme_ctrl_state_name in drivers/nvme/host/sysfs.c */
export function pathState(text: string): PathState {
  const known = states.find((state) => state === text.replace(/ \(no IO\)$/, ''));
  return known ?? 'unknown';
}

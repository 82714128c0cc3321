/**
 * Exposes states and counters of InfiniBand, RoCE and Omni-Path ports, from /sys/class/infiniband.
 * Source: ABI/stable/sysfs-class-infiniband
 */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { compileNameFilter, type NameFilterFlags, nameFilterFlags } from '../collector/name-filter.ts';
import { createSampleTable, type SampleTable } from '../exposition/sample-table.ts';
import { parseLine, parseUnsigned, quote } from '../procfs/host-file.ts';
import { type AttributeReader, createAttributeReader, listFolder } from '../procfs/sysfs.ts';
import { counterGroups, infoMetric, portCounters, portGauges } from './infiniband/infiniband-metrics.ts';

const filterFlags: NameFilterFlags = {
  collector: 'infiniband',
  include: 'device-include',
  exclude: 'device-exclude',
};

export const infiniband: Collector = {
  name: 'infiniband',
  defaultEnabled: true,
  help: 'Exposes states and counters of InfiniBand, RoCE and Omni-Path ports, from /sys/class/infiniband.',
  docs: {
    source: '/sys/class/infiniband',
    differences: [
      {
        upstream: 'reads the attributes of excluded devices',
        here: 'does not read these attributes',
        reason: 'a read of a managed port may fail in the firmware',
      },
      {
        upstream: 'exposes `node_infiniband_lifespan_seconds` in whole seconds',
        here: 'exposes fractions of a second',
        reason: 'the file contains milliseconds',
      },
    ],
  },
  flags: nameFilterFlags('infiniband devices', filterFlags),
  create({ paths, flags, faults }) {
    const attributes = createAttributeReader(faults);
    const isShown = compileNameFilter(flags, filterFlags);
    const root = join(paths.sysfs, 'class', 'infiniband');
    return () => {
      const entries = listFolder(root);
      if (entries === undefined) return [];
      const table = createSampleTable([infoMetric, ...Object.values(portGauges), ...portCounters]);
      for (const { name: device } of entries) {
        // A read of a managed port may fail in the firmware, so the attributes of excluded devices are not read.
        if (!isShown(device)) continue;
        const text = (attribute: string) => attributes.line(join(root, device, attribute)) ?? '';
        const info = {
          board_id: text('board_id'),
          device,
          firmware_version: text('fw_ver'),
          hca_type: text('hca_type'),
        };
        table.add(infoMetric, info, 1);
        for (const { name: port } of attributes.numbered(join(root, device, 'ports'), /^(\d+)$/))
          addPort(table, { folder: join(root, device, 'ports', port), labels: { device, port } }, attributes);
      }
      return table.families();
    };
  },
};

interface Port {
  readonly folder: string;
  readonly labels: { readonly device: string; readonly port: string };
}

function addPort(table: SampleTable, { folder, labels }: Port, attributes: AttributeReader): void {
  const path = (attribute: string) => join(folder, attribute);
  table.add(portGauges.state, labels, attributes.parsed(path('state'), parsePortState));
  table.add(portGauges.physicalState, labels, attributes.parsed(path('phys_state'), parsePortState));
  table.add(portGauges.rate, labels, attributes.parsed(path('rate'), parsePortRate));
  table.add(portGauges.lifespan, labels, attributes.unsigned(path('hw_counters/lifespan')));
  for (const group of counterGroups) {
    const files = new Set(attributes.folder(path(group))?.map(({ name }) => join(group, name)));
    for (const metric of portCounters) {
      if (!files.has(metric.attribute)) continue;
      table.add(metric, labels, attributes.parsed(path(metric.attribute), parsePortCounter));
    }
  }
}

/** Returns the number of a state such as `4: ACTIVE`. */
export function parsePortState(text: string, where: string): number {
  const [, id] = /^(\d+): *\S/.exec(parseLine(text, where)) ?? [];
  if (id === undefined) throw new Error(`${where}: expected a number and a state, got ${quote(text)}`);
  return parseUnsigned(id, where);
}

const bytesPerGigabit = 125_000_000;

/** Parses `100 Gb/sec (4X EDR)` to bytes a second. */
export function parsePortRate(text: string, where: string): number {
  const [, gigabits] = /^(\d{1,9}(?:\.\d{1,9})?) Gb\/sec/.exec(parseLine(text, where)) ?? [];
  if (gigabits === undefined) throw new Error(`${where}: expected a rate in Gb/sec, got ${quote(text)}`);
  return Math.trunc(Number(gigabits) * bytesPerGigabit);
}

/** Parses a counter. Returns undefined for a port without performance management: `N/A (no PMA)`. */
export function parsePortCounter(text: string, where: string): number | undefined {
  const line = parseLine(text, where);
  return line.includes('N/A (no PMA)') ? undefined : parseUnsigned(line, where);
}

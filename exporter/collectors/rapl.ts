/**
 * Exposes the energy that processor packages and memory consumed, from /sys/class/powercap. Since Linux 5.10, only root may read
 * the files. Source: https://docs.kernel.org/power/powercap/powercap.html
 */
import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { createSampleTable, type Metric, metricName } from '../exposition/sample-table.ts';
import { type AttributeReader, createAttributeReader, listFolder } from '../procfs/sysfs.ts';

export interface RaplZone {
  readonly name: string;
  /** Distinguishes zones of the same name. */
  readonly index: string;
  readonly path: string;
}

const labelledMetric: Metric = {
  name: 'node_rapl_joules_total',
  type: 'counter',
  help: 'Current RAPL value in joules',
};

export const rapl: Collector = {
  name: 'rapl',
  defaultEnabled: true,
  help: 'Exposes the energy that processor packages and memory consumed, from /sys/class/powercap. Since Linux 5.10, only root may read the files.',
  docs: { source: '/sys/class/powercap; since Linux 5.10 only root may read it' },
  flags: [
    {
      name: 'enable-zone-label',
      help: 'Enables one metric with the label rapl_zone instead of a metric for each zone',
      isSwitch: true,
      default: 'false',
    },
  ],
  create({ paths, flags, faults }) {
    const attributes = createAttributeReader(faults);
    const root = join(paths.sysfs, 'class', 'powercap');
    const hasZoneLabel = flags['enable-zone-label'] === 'true';
    return () => {
      const entries = listFolder(root);
      if (entries === undefined) return [];
      const zones = listZones(root, entries, attributes);
      const table = createSampleTable(zones.length === 0 ? [labelledMetric] : []);
      for (const { name, index, path } of zones) {
        const microjoules = attributes.unsigned(join(path, 'energy_uj'));
        if (microjoules === undefined) continue;
        const joules = microjoules / 1e6;
        if (hasZoneLabel) table.add(labelledMetric, { index, path, rapl_zone: name }, joules);
        else table.add(zoneMetric(name), { index, path }, joules);
      }
      return table.families();
    };
  },
};

function zoneMetric(name: string): Metric {
  return {
    name: `node_rapl_${metricName(name)}_joules_total`,
    type: 'counter',
    help: `Current RAPL ${name} value in joules`,
  };
}

function listZones(root: string, entries: readonly Dirent[], attributes: AttributeReader): RaplZone[] {
  const zones: { readonly path: string; readonly name: string }[] = [];
  for (const entry of entries) {
    const path = join(root, entry.name);
    // The folder of a control type, such as intel-rapl, has no name.
    const name = attributes.line(join(path, 'name')) ?? '';
    if (name !== '') zones.push({ path, name });
  }
  return indexZones(zones);
}

/** Splits `package-0` into name and index. A name without index, such as `dram`, gets the number of the zones before it. */
export function indexZones(zones: readonly { readonly path: string; readonly name: string }[]): RaplZone[] {
  const used = new Map<string, number>();
  return zones.map(({ path, name: fullName }) => {
    const [, shortName, number] = /^([^-]*)-(\d{1,9})$/.exec(fullName) ?? [];
    const name = shortName ?? fullName;
    const index = number === undefined ? (used.get(name) ?? 0) : Number(number);
    used.set(name, index + 1);
    return { name, index: String(index), path };
  });
}

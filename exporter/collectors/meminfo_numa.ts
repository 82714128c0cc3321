/** Exposes memory statistics per NUMA node, from /sys/devices/system/node. Source: https://docs.kernel.org/admin-guide/numastat.html */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { createSampleTable, type Metric, metricName, type SampleTable } from '../exposition/sample-table.ts';
import { parseLines, parseUnsigned, parseWords, quote } from '../procfs/host-file.ts';
import { createAttributeReader, listNumbered } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

function metricOf(field: string, type: 'counter' | 'gauge'): Metric {
  return { name: `node_memory_numa_${metricName(field)}`, type, help: `Memory information field ${field}.` };
}

/** Declared without samples, so that the collector succeeds on a host without NUMA nodes, as in node_exporter. */
const totalMetric = metricOf('MemTotal', 'gauge');

export const meminfoNuma: Collector = {
  name: 'meminfo_numa',
  defaultEnabled: false,
  help: 'Exposes memory statistics per NUMA node, from /sys/devices/system/node.',
  docs: { source: '/sys/devices/system/node', cost: 'about fifty series per node' },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const folder = join(paths.sysfs, 'devices', 'system', 'node');
    return () => {
      const table = createSampleTable([totalMetric]);
      for (const { name, number: node } of listNumbered(folder, /^node(\d+)$/)) {
        const add = (lines: readonly NodeValue[], type: 'counter' | 'gauge') => {
          addValues(table, lines, { node, type });
        };
        add(
          attributes.parsed(join(folder, name, 'meminfo'), (text, where) => parseNodeMeminfo(text, where, faults)) ??
            [],
          'gauge',
        );
        add(
          attributes.parsed(join(folder, name, 'numastat'), (text, where) => parseNumastat(text, where, faults)) ?? [],
          'counter',
        );
      }
      return table.families();
    };
  },
};

export interface NodeValue {
  readonly field: string;
  readonly value: number;
}

function addValues(
  table: SampleTable,
  values: readonly NodeValue[],
  { node, type }: { readonly node: string; readonly type: 'counter' | 'gauge' },
): void {
  for (const { field, value } of values) table.add(metricOf(field, type), { node }, value);
}

const meminfoLine = /^Node \d+ ([^:\s]+): +(\S+)( kB)?$/;

/** Parses lines such as `Node 0 Active(anon):  706986240 kB` to bytes. A malformed line is reported and omitted. */
export function parseNodeMeminfo(text: string, where: string, faults: ValueFaults): NodeValue[] {
  return parseLines(text).flatMap((line) => {
    const [, name, word, unit] = meminfoLine.exec(line.trim()) ?? [];
    const place = `${where} ${name ?? 'line'}`;
    return (
      faults.attempt(place, () => {
        if (name === undefined) throw new Error(`${place}: expected a node, a field and a number, got ${quote(line)}`);
        const value = parseUnsigned(word, place) * (unit === undefined ? 1 : 1_024);
        return [{ field: name.replace(/\((.*)\)/, '_$1'), value }];
      }) ?? []
    );
  });
}

/** Parses lines such as `numa_hit 193460335812`. A malformed line is reported and omitted. */
export function parseNumastat(text: string, where: string, faults: ValueFaults): NodeValue[] {
  return parseLines(text).flatMap((line) => {
    const [name = '', word, ...more] = parseWords(line);
    const place = `${where} ${name}`;
    return (
      faults.attempt(place, () => {
        if (more.length > 0) throw new Error(`${place}: expected one number, got ${quote(line)}`);
        return [{ field: `${name}_total`, value: parseUnsigned(word, place) }];
      }) ?? []
    );
  });
}

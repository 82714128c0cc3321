/** Exposes the kernel's settings that the flags name, from /proc/sys. Source: https://docs.kernel.org/admin-guide/sysctl/ */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { createSampleTable, metricName, type SampleTable } from '../exposition/sample-table.ts';
import { parseSigned, parseUnsigned } from '../procfs/host-file.ts';
import { createAttributeReader } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';
import { parseSelections, type Selection, settingPath } from './sysctl/selections.ts';

const infoMetric = { name: 'node_sysctl_info', type: 'gauge', help: 'sysctl info' } as const;

export const sysctl: Collector = {
  name: 'sysctl',
  defaultEnabled: false,
  help: "Exposes the kernel's settings that the flags name, from /proc/sys.",
  docs: {
    source: '/proc/sys',
    cost: 'a file per setting of `--collector.sysctl.include` and `--collector.sysctl.include-info`',
    differences: [
      {
        upstream: 'fails when one setting cannot be read, and ends the scrape when a setting is given twice',
        here: 'exposes the other settings, each once',
        reason: 'a setting of a module that is not loaded hides no other setting',
      },
      {
        upstream: 'has no name for a setting with a dot in a part of its path',
        here: 'accepts `net/ipv4/conf/eth0.100/forwarding`, as sysctl(8) does',
        reason: 'names of VLAN devices contain dots',
      },
    ],
  },
  flags: [
    {
      name: 'include',
      help: 'Numeric setting to expose, such as net.ipv4.tcp_rmem, or net.ipv4.tcp_rmem:min,default,max with a metric for each column. (repeatable)',
      isList: true,
    },
    {
      name: 'include-info',
      help: 'Setting to expose as the label of an info metric, such as kernel.core_pattern. (repeatable)',
      isList: true,
    },
  ],
  create({ paths, flags, faults }) {
    const attributes = createAttributeReader(faults);
    const numeric = parseSelections(flags['include'] ?? '', 'include');
    const info = parseSelections(flags['include-info'] ?? '', 'include-info');
    const root = join(paths.procfs, 'sys');
    return () => {
      const table = createSampleTable([infoMetric]);
      const words = (selection: Selection) => {
        const text = attributes.text(join(root, settingPath(selection.name)));
        if (text === undefined)
          faults.report(
            `sysctl ${selection.name}`,
            new Error(`sysctl ${selection.name}: expected a file below /proc/sys, got none`),
          );
        return text === undefined ? [] : text.split(/\s+/).filter((word) => word !== '');
      };
      for (const selection of numeric)
        faults.attempt(`sysctl ${selection.name}`, () => addNumbers(table, selection, words(selection), faults));
      for (const { name, ...rest } of info)
        for (const [index, value] of words({ name, ...rest }).entries())
          table.add(infoMetric, { index: String(index), name, value }, 1);
      return table.families();
    };
  },
};

function addNumbers(
  table: SampleTable,
  { name, columns }: Selection,
  words: readonly string[],
  faults: ValueFaults,
): void {
  if (columns.length > 0 && words.length > 0 && columns.length !== words.length)
    throw new Error(`sysctl ${name}: expected ${columns.length} values (${columns.join()}), got ${words.length}`);
  for (const [index, word] of words.entries()) {
    const column = columns[index];
    const suffix = column === undefined ? '' : `_${column}`;
    const help = column === undefined ? `sysctl ${name}` : `sysctl ${name}, field ${index}`;
    const labels = column === undefined && words.length > 1 ? { index: String(index) } : {};
    const where = `sysctl ${name} ${index}`;
    const value = faults.attempt(where, () => parseNumber(word, where));
    table.add({ name: `node_sysctl_${metricName(name)}${suffix}`, type: 'untyped', help }, labels, value);
  }
}

/** Parses a signed or unsigned 64-bit number. */
export function parseNumber(word: string, where: string): number {
  return word.startsWith('-') ? parseSigned(word, where) : parseUnsigned(word, where);
}

/** Exposes the number of interrupts by CPU, type and device, from /proc/interrupts. Off by default: a large host has hundreds of series. */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { compileNameFilter, type NameFilterFlags, nameFilterFlags } from '../collector/name-filter.ts';
import { counter, type Sample } from '../exposition/family.ts';
import { parseCpuTable } from '../procfs/cpu-table.ts';
import { parseRow, readHostFile } from '../procfs/host-file.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

const filterFlags: NameFilterFlags = { collector: 'interrupts', include: 'name-include', exclude: 'name-exclude' };

export interface Interrupt {
  /** Number or name: `0`, `LOC`. */
  readonly type: string;
  /** The controller of a numbered interrupt, or the purpose of a named one. */
  readonly info: string;
  /** Empty for named interrupts. */
  readonly devices: string;
  /** By column. */
  readonly counts: readonly (number | undefined)[];
}

export const interrupts: Collector = {
  name: 'interrupts',
  defaultEnabled: false,
  help: 'Exposes the number of interrupts by CPU, type and device, from /proc/interrupts.',
  docs: {
    source: '/proc/interrupts',
    cost: 'a series per interrupt and CPU; reduce with `--collector.interrupts.name-include`',
    differences: [
      {
        upstream: 'sets the label `cpu` to the position of the column',
        here: 'sets the label to the number in the heading of the column',
        reason: 'position and number differ when a CPU is offline',
      },
    ],
  },
  flags: [
    ...nameFilterFlags('interrupts name', filterFlags),
    { name: 'include-zeros', help: 'Include interrupts that have a zero value', isSwitch: true, default: 'true' },
  ],
  create({ paths, flags, faults }) {
    const isShown = compileNameFilter(flags, filterFlags);
    const hasZeros = flags['include-zeros'] !== 'false';
    const path = join(paths.procfs, 'interrupts');
    return () => {
      const { cpus, lines } = parseInterrupts(readHostFile(path), faults);
      const samples: Sample[] = [];
      for (const { type, info, devices, counts } of lines) {
        if (!isShown(`${type};${info};${devices}`)) continue;
        for (const [column, value] of counts.entries()) {
          if (value !== undefined && (value > 0 || hasZeros))
            samples.push({ labels: { cpu: cpus[column] as string, devices, info, type }, value });
        }
      }
      return [counter('node_interrupts_total', 'Interrupt details.', samples)];
    };
  },
};

/** Parses the lines with a count for each CPU. Omits lines with one count for the whole host: ERR and MIS. */
export function parseInterrupts(text: string, faults: ValueFaults): { cpus: readonly string[]; lines: Interrupt[] } {
  const { cpus, rows } = parseCpuTable(text, 'interrupts', faults);
  const lines: Interrupt[] = [];
  for (const { name: type, words } of rows) {
    if (words.length < cpus.length + 1) continue;
    const counts = parseRow(words.slice(0, cpus.length), { columns: cpus, where: `interrupts ${type} cpu`, faults });
    const rest = words.slice(cpus.length);
    if (!/^\d+$/.test(type)) lines.push({ type, info: rest.join(' '), devices: '', counts });
    else lines.push({ type, info: rest[0] ?? '', devices: rest.slice(1).join(' '), counts });
  }
  if (lines.length === 0) throw new Error('interrupts: expected a line for each interrupt, got none');
  return { cpus, lines };
}

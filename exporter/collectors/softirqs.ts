/** Exposes the number of soft interrupts by CPU and type, from /proc/softirqs. Off by default: each CPU has ten series. */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { counter, type Sample } from '../exposition/family.ts';
import { parseCpuTable } from '../procfs/cpu-table.ts';
import { parseRow, readHostFile } from '../procfs/host-file.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

/** The types that node_exporter exposes. The kernel has added none since 2009. */
const types = new Set(['HI', 'TIMER', 'NET_TX', 'NET_RX', 'BLOCK', 'IRQ_POLL', 'TASKLET', 'SCHED', 'HRTIMER', 'RCU']);

export const softirqs: Collector = {
  name: 'softirqs',
  defaultEnabled: false,
  help: 'Exposes the number of soft interrupts by CPU and type, from /proc/softirqs.',
  docs: { source: '/proc/softirqs', cost: 'ten series per CPU' },
  flags: [],
  create({ paths, faults }) {
    const path = join(paths.procfs, 'softirqs');
    return () => [
      counter('node_softirqs_functions_total', 'Softirq counts per CPU.', parseSoftirqs(readHostFile(path), faults)),
    ];
  },
};

/** Returns a sample for each CPU and type. */
export function parseSoftirqs(text: string, faults: ValueFaults): Sample[] {
  const { cpus, rows } = parseCpuTable(text, 'softirqs', faults);
  const samples: Sample[] = [];
  for (const { name: type, words } of rows) {
    if (!types.has(type)) continue;
    if (words.length !== cpus.length) {
      faults.report(
        `softirqs ${type}`,
        new Error(`softirqs ${type}: expected ${cpus.length} values, got ${words.length}`),
      );
      continue;
    }
    for (const [column, value] of parseRow(words, { columns: cpus, where: `softirqs ${type} cpu`, faults }).entries()) {
      if (value !== undefined) samples.push({ labels: { cpu: cpus[column] as string, type }, value });
    }
  }
  if (samples.length === 0) throw new Error('softirqs: expected a line for each type, got none');
  return samples;
}

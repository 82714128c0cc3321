/** Exposes size, use and priority of each swap device, from /proc/swaps. Source: proc_swaps(5) */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { createSampleTable, type Metric } from '../exposition/sample-table.ts';
import { parseLines, parseSigned, parseUnsigned, parseWords, quote, readHostFile } from '../procfs/host-file.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

const metrics = {
  priority: gauge('priority', 'Swap device priority.'),
  size: gauge('size_bytes', 'Swap device size in bytes.'),
  used: gauge('used_bytes', 'Swap device used in bytes.'),
};

function gauge(name: string, help: string): Metric {
  return { name: `node_swap_${name}`, type: 'gauge', help };
}

export interface SwapDevice {
  /** Escaped as in the file: a blank is `\040`. */
  readonly device: string;
  readonly type: string;
  readonly size: number;
  readonly used: number;
  readonly priority: number;
}

export const swap: Collector = {
  name: 'swap',
  defaultEnabled: false,
  help: 'Exposes size, use and priority of each swap device, from /proc/swaps.',
  docs: { source: '/proc/swaps', cost: 'three series per swap device' },
  flags: [],
  create({ paths, faults }) {
    const path = join(paths.procfs, 'swaps');
    return () => {
      const table = createSampleTable(Object.values(metrics));
      for (const { device, type, ...values } of parseSwaps(readHostFile(path), faults)) {
        const labels = { device, swap_type: type };
        for (const name of ['priority', 'size', 'used'] as const) table.add(metrics[name], labels, values[name]);
      }
      return table.families();
    };
  },
};

/** Returns the swap devices with their sizes in bytes. A malformed line is reported and omitted. */
export function parseSwaps(text: string, faults: ValueFaults): SwapDevice[] {
  const [headings = '', ...lines] = parseLines(text);
  if (!headings.startsWith('Filename')) throw new Error(`swaps: expected headings, got ${quote(headings)}`);
  return lines.flatMap((line) => {
    const [device = '', type = '', size, used, priority] = parseWords(line);
    const where = `swaps ${device}`;
    const parse = (): SwapDevice => ({
      device,
      type,
      size: parseUnsigned(size, `${where} size`) * 1_024,
      used: parseUnsigned(used, `${where} used`) * 1_024,
      priority: parseSigned(priority, `${where} priority`),
    });
    const parsed = faults.attempt(where, parse);
    return parsed === undefined ? [] : [parsed];
  });
}

/** Parses /proc/net/dev: the counters of the network devices in a network namespace. */
import { parseLines, parseRow, parseWords, quote } from './host-file.ts';
import type { ValueFaults } from './value-faults.ts';

/** The columns of /proc/net/dev. Source: dev_seq_printf_stats in the kernel's net/core/net-procfs.c */
export const netDevColumns = [
  'receive_bytes',
  'receive_packets',
  'receive_errs',
  'receive_drop',
  'receive_fifo',
  'receive_frame',
  'receive_compressed',
  'receive_multicast',
  'transmit_bytes',
  'transmit_packets',
  'transmit_errs',
  'transmit_drop',
  'transmit_fifo',
  'transmit_colls',
  'transmit_carrier',
  'transmit_compressed',
] as const;

export interface NetworkDevice {
  readonly name: string;
  /** Values in the order of {@link netDevColumns}. */
  readonly values: readonly (number | undefined)[];
}

/** Returns the devices in the order of the file. A name may contain colons, and a blank need not follow it: `tun:1:123`. */
export function parseNetDev(text: string, faults: ValueFaults): NetworkDevice[] {
  const [title, header, ...lines] = parseLines(text);
  if (title === undefined || header === undefined || !title.includes('|') || !header.includes('|')) {
    throw new Error(`net/dev: expected two lines of headings, got ${quote(text)}`);
  }
  const devices: NetworkDevice[] = [];
  for (const line of lines) {
    try {
      devices.push(parseDevice(line, faults));
    } catch (error) {
      faults.report(`net/dev ${line.slice(0, line.lastIndexOf(':')).trim()}`, error);
    }
  }
  return devices;
}

function parseDevice(line: string, faults: ValueFaults): NetworkDevice {
  const colon = line.lastIndexOf(':');
  const name = line.slice(0, colon).trim();
  if (colon < 1 || name === '') throw new Error(`net/dev: expected "device: values", got ${quote(line)}`);
  const words = parseWords(line.slice(colon + 1));
  if (words.length !== netDevColumns.length) {
    throw new Error(`net/dev ${name}: expected ${netDevColumns.length} values, got ${words.length}`);
  }
  return { name, values: parseRow(words, { columns: netDevColumns, where: `net/dev ${name}`, faults }) };
}

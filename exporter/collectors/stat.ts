/** Exposes the boot time, and the number of context switches, forks, interrupts and processes, from /proc/stat. */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { counter, type Family, single } from '../exposition/family.ts';
import { parseLines, parseRow, parseUnsigned, parseWords, quote, readHostFile } from '../procfs/host-file.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

/** Metrics by the first word of the line, in the order of exposition. */
const metrics = [
  ['btime', 'node_boot_time_seconds', 'Node boot time, in unixtime.', 'gauge'],
  ['ctxt', 'node_context_switches_total', 'Total number of context switches.', 'counter'],
  ['processes', 'node_forks_total', 'Total number of forks.', 'counter'],
  ['intr', 'node_intr_total', 'Total number of interrupts serviced.', 'counter'],
  ['procs_blocked', 'node_procs_blocked', 'Number of processes blocked waiting for I/O to complete.', 'gauge'],
  ['procs_running', 'node_procs_running', 'Number of processes in runnable state.', 'gauge'],
] as const;

/** The columns of the softirq line, after its total. Source: the kernel's include/linux/interrupt.h */
const vectors = ['hi', 'timer', 'net_tx', 'net_rx', 'block', 'block_iopoll', 'tasklet', 'sched', 'hrtimer', 'rcu'];

export const stat: Collector = {
  name: 'stat',
  defaultEnabled: true,
  help: 'Exposes the boot time, and the number of context switches, forks, interrupts and processes, from /proc/stat.',
  docs: { source: '/proc/stat' },
  flags: [{ name: 'softirq', help: 'Export softirq calls per vector', isSwitch: true, default: 'false' }],
  create({ paths, flags, faults }) {
    const path = join(paths.procfs, 'stat');
    return () => {
      const { values, softirqs } = parseStat(readHostFile(path), faults);
      const families: Family[] = [];
      for (const [word, name, help, type] of metrics) {
        const value = values.get(word);
        if (value !== undefined) families.push(single(name, help, type, value));
      }
      return flags['softirq'] === 'true' ? [...families, softirqFamily(softirqs)] : families;
    };
  },
};

export interface Stat {
  /** Values by the first word of the line, such as `ctxt`; lines that the kernel lacks are absent. */
  readonly values: ReadonlyMap<string, number>;
  /** Calls by vector; empty when the kernel lacks the line. */
  readonly softirqs: readonly (number | undefined)[];
}

export function parseStat(text: string, faults: ValueFaults): Stat {
  const values = new Map<string, number>();
  let softirqs: readonly (number | undefined)[] = [];
  let hasFault = false;
  for (const line of parseLines(text)) {
    const blank = line.indexOf(' ');
    const word = line.slice(0, blank);
    if (word !== 'softirq' && !metrics.some(([known]) => known === word)) continue;
    try {
      if (word === 'softirq') softirqs = parseSoftirqs(line, faults);
      else values.set(word, parseFirst(line, blank + 1, word));
    } catch (error) {
      hasFault = true;
      faults.report(`stat ${word}`, error);
    }
  }
  if (values.size === 0 && !hasFault) throw new Error(`stat: expected a line ctxt, got ${quote(text)}`);
  return { values, softirqs };
}

/** Parses the first number after the word. The line `intr` has thousands of further numbers, which are not parsed. */
function parseFirst(line: string, start: number, word: string): number {
  const end = line.indexOf(' ', start);
  return parseUnsigned(end === -1 ? line.slice(start) : line.slice(start, end), `stat ${word}`);
}

function parseSoftirqs(line: string, faults: ValueFaults): readonly (number | undefined)[] {
  const words = parseWords(line).slice(2, 2 + vectors.length);
  if (words.length !== vectors.length)
    throw new Error(`stat softirq: expected ${vectors.length} vectors, got ${words.length}`);
  return parseRow(words, { columns: vectors, where: 'stat softirq', faults });
}

function softirqFamily(softirqs: readonly (number | undefined)[]): Family {
  const samples = softirqs.flatMap((value, index) =>
    value === undefined ? [] : [{ labels: { vector: vectors[index] as string }, value }],
  );
  return counter('node_softirqs_total', 'Number of softirq calls.', samples);
}

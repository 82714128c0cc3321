/** Exposes the time that tasks waited for CPU, I/O, memory and interrupts, from /proc/pressure. Source: https://docs.kernel.org/accounting/psi.html */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { type Family, single } from '../exposition/family.ts';
import { parseLines, parseUnsigned, quote } from '../procfs/host-file.ts';
import { createAttributeReader } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

/** `some`: at least one task waited; `full`: all tasks waited. */
type Share = 'some' | 'full';

/** In the order of exposition. `full` of the CPU is undefined for the whole host; interrupts have no `some`. */
const metrics: readonly (readonly [resource: string, share: Share, name: string, help: string])[] = [
  ['cpu', 'some', 'cpu_waiting', 'Total time in seconds that processes have waited for CPU time'],
  ['io', 'full', 'io_stalled', 'Total time in seconds no process could make progress due to IO congestion'],
  ['io', 'some', 'io_waiting', 'Total time in seconds that processes have waited due to IO congestion'],
  ['irq', 'full', 'irq_stalled', 'Total time in seconds no process could make progress due to IRQ congestion'],
  ['memory', 'full', 'memory_stalled', 'Total time in seconds no process could make progress due to memory congestion'],
  ['memory', 'some', 'memory_waiting', 'Total time in seconds that processes have waited for memory'],
];

const resources = ['cpu', 'io', 'irq', 'memory'];

export const pressure: Collector = {
  name: 'pressure',
  defaultEnabled: true,
  help: 'Exposes the time that tasks waited for CPU, I/O, memory and interrupts, from /proc/pressure.',
  docs: { source: '/proc/pressure' },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const folder = join(paths.procfs, 'pressure');
    return () => {
      const times = new Map<string, PressureTimes>();
      for (const resource of resources) {
        // Older kernels lack some files. Without psi=1, reads fail with EOPNOTSUPP.
        const read = attributes.parsed(join(folder, resource), (text) => parsePressure(text, resource, faults));
        if (read !== undefined) times.set(resource, read);
      }
      return familiesOf(times);
    };
  },
};

/** Seconds since boot. */
export type PressureTimes = Readonly<Partial<Record<Share, number>>>;

/** The averages have no metric and are not parsed. */
const line = /^(some|full) .*\btotal=(\d{1,19})$/;

/** Parses lines of `some avg10=0.00 avg60=0.00 avg300=0.00 total=1234`; the total is in microseconds. */
export function parsePressure(text: string, resource: string, faults: ValueFaults): PressureTimes {
  const times: Partial<Record<Share, number>> = {};
  const lines = parseLines(text);
  if (lines.length === 0) throw new Error(`pressure/${resource} is empty`);
  for (const each of lines) {
    const [, share, total] = line.exec(each) ?? [];
    const place = `pressure/${resource} ${share ?? 'line'}`;
    if (share === undefined)
      faults.report(place, new Error(`pressure/${resource}: expected a share and a total, got ${quote(each)}`));
    else if (total !== undefined) times[share as Share] = parseUnsigned(total, place) / 1e6;
  }
  return times;
}

function familiesOf(times: ReadonlyMap<string, PressureTimes>): Family[] {
  return metrics.flatMap(([resource, share, name, help]) => {
    const value = times.get(resource)?.[share];
    return value === undefined ? [] : [single(`node_pressure_${name}_seconds_total`, help, 'counter', value)];
  });
}

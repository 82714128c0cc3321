/**
 * Exposes the number of packets that each CPU processed and dropped, from /proc/net/softnet_stat. The packets come from the queues
 * of the network devices.
 */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { memoize } from '../collector/memoize.ts';
import type { Family, MetricType, Sample } from '../exposition/family.ts';
import { parseHex, parseLines, parseWords, quote, readHostFile } from '../procfs/host-file.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

/**
 * In the order of exposition, each with its column. Linux 2.6.39, 4.18 and 5.14 added the columns from 9 on.
 * Source: softnet_seq_show in the kernel's net/core/net-procfs.c
 */
const metrics: readonly (readonly [name: string, help: string, type: MetricType, column: number])[] = [
  ['backlog_len', 'Softnet backlog status', 'gauge', 11],
  ['cpu_collision_total', 'Number of collision occur while obtaining device lock while transmitting', 'counter', 8],
  ['dropped_total', 'Number of dropped packets', 'counter', 1],
  ['flow_limit_count_total', 'Number of times flow limit has been reached', 'counter', 10],
  ['processed_total', 'Number of processed packets', 'counter', 0],
  ['received_rps_total', 'Number of times cpu woken up received_rps', 'counter', 9],
  ['times_squeezed_total', 'Number of times processing packets ran out of quota', 'counter', 2],
];

const oldestWidth = 9;
const cpuColumn = 12;

export interface SoftnetCpu {
  readonly cpu: string;
  /** Values by column, as many as the kernel has. */
  readonly values: readonly (number | undefined)[];
}

export const softnet: Collector = {
  name: 'softnet',
  defaultEnabled: true,
  help: 'Exposes the number of packets that each CPU processed and dropped, from /proc/net/softnet_stat.',
  docs: {
    source: '/proc/net/softnet_stat',
    differences: [
      {
        upstream: 'ignores malformed lines',
        here: 'omits, logs and counts malformed lines',
        reason: 'a missing CPU looks like an idle CPU',
      },
    ],
  },
  flags: [],
  create({ paths, faults }) {
    const path = join(paths.procfs, 'net', 'softnet_stat');
    const labelsOf = memoize((cpu) => ({ cpu }));
    return () => {
      const cpus = parseSoftnetStat(readHostFile(path), faults);
      return metrics.map(([name, help, type, column]): Family => {
        const samples: Sample[] = [];
        for (const { cpu, values } of cpus) {
          // The value of a column that the kernel lacks is 0, as in node_exporter.
          const value = column < values.length ? values[column] : 0;
          if (value !== undefined) samples.push({ labels: labelsOf(cpu), value });
        }
        return { name: `node_softnet_${name}`, help, type, samples };
      });
    };
  },
};

/** Parses one line for each online CPU. Before Linux 5.14 the lines have no CPU number, so their position is used. */
export function parseSoftnetStat(text: string, faults: ValueFaults): SoftnetCpu[] {
  const lines = parseLines(text).map(parseWords);
  const width = lines[0]?.length ?? 0;
  if (width < oldestWidth) throw new Error(`softnet_stat: expected ${oldestWidth} or more columns, got ${quote(text)}`);
  const cpus: SoftnetCpu[] = [];
  for (const [index, words] of lines.entries()) {
    const place = `softnet_stat line ${index + 1}`;
    const values = words.map((word) => faults.attempt(place, () => parseHex(word, 'softnet_stat')));
    const cpu = words.length > cpuColumn ? values[cpuColumn] : index;
    if (words.length !== width || cpu === undefined)
      faults.report(place, new Error(`softnet_stat: expected ${width} columns, got ${words.length}`));
    else cpus.push({ cpu: String(cpu), values });
  }
  if (cpus.length === 0) throw new Error(`softnet_stat: expected a line for each cpu, got ${quote(text)}`);
  return cpus;
}

/** Exposes the number of control groups per controller, from /proc/cgroups. Source: cgroups(7) */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { createSampleTable, type Metric } from '../exposition/sample-table.ts';
import { parseLines, parseRow, parseWords, quote, readHostFile } from '../procfs/host-file.ts';

/** Both metrics have the same HELP in node_exporter. */
const help = 'Current cgroup number of the subsystem.';
const cgroupsMetric: Metric = { name: 'node_cgroups_cgroups', type: 'gauge', help };
const enabledMetric: Metric = { name: 'node_cgroups_enabled', type: 'gauge', help };

const columns = ['hierarchy', 'num_cgroups', 'enabled'];

export const cgroups: Collector = {
  name: 'cgroups',
  defaultEnabled: false,
  help: 'Exposes the number of control groups per controller, from /proc/cgroups.',
  docs: { source: '/proc/cgroups', cost: 'two series per controller' },
  flags: [],
  create({ paths, faults }) {
    const path = join(paths.procfs, 'cgroups');
    return () => {
      const [headings = '', ...lines] = parseLines(readHostFile(path));
      if (!headings.startsWith('#subsys_name')) throw new Error(`cgroups: expected headings, got ${quote(headings)}`);
      const table = createSampleTable([cgroupsMetric, enabledMetric]);
      for (const line of lines) {
        const [subsys_name = '', ...words] = parseWords(line);
        const where = `cgroups ${subsys_name}`;
        if (words.length !== columns.length) {
          faults.report(where, new Error(`${where}: expected ${columns.length} values, got ${words.length}`));
          continue;
        }
        const [, count, enabled] = parseRow(words, { columns, where, faults });
        table.add(cgroupsMetric, { subsys_name }, count);
        table.add(enabledMetric, { subsys_name }, enabled);
      }
      return table.families();
    };
  },
};

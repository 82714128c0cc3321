/** Exposes statistics of network caches per CPU, from /proc/net/stat. Source: lnstat(8) */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { createSampleTable, type Metric, type SampleTable } from '../exposition/sample-table.ts';
import { parseHex, parseLines, parseWords, quote } from '../procfs/host-file.ts';
import { createAttributeReader, listFolder } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

/** Declared without samples, so that the collector succeeds on a host without the files, as in node_exporter. */
const entriesMetric = counter('entries');

function counter(column: string): Metric {
  return { name: `node_lnstat_${column}_total`, type: 'counter', help: 'linux network cache stats' };
}

export const lnstat: Collector = {
  name: 'lnstat',
  defaultEnabled: false,
  help: 'Exposes statistics of network caches per CPU, from /proc/net/stat.',
  docs: { source: '/proc/net/stat', cost: 'a series per column, file and CPU' },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const folder = join(paths.procfs, 'net', 'stat');
    return () => {
      const table = createSampleTable([entriesMetric]);
      for (const { name } of listFolder(folder) ?? [])
        attributes.parsed(join(folder, name), (text) => addStatistics(table, text, { subsystem: name, faults }));
      return table.families();
    };
  },
};

interface Statistics {
  readonly subsystem: string;
  readonly faults: ValueFaults;
}

/** Adds a sample for each hexadecimal number. Each line after the headings is a CPU. A malformed line or value is reported and omitted. */
function addStatistics(table: SampleTable, text: string, { subsystem, faults }: Statistics): void {
  const [headings = '', ...lines] = parseLines(text);
  const columns = parseWords(headings);
  if (columns.length === 0 || !columns.every((column) => /^[a-z_][a-z0-9_]*$/i.test(column)))
    throw new Error(`${subsystem}: expected headings, got ${quote(headings)}`);
  const metrics = columns.map(counter);
  for (const [cpu, line] of lines.entries()) {
    const words = parseWords(line);
    const where = `${subsystem} cpu ${cpu}`;
    if (words.length !== columns.length) {
      faults.report(where, new Error(`${where}: expected ${columns.length} values, got ${words.length}`));
      continue;
    }
    for (const [column, metric] of metrics.entries()) {
      const place = `${where} ${columns[column]}`;
      const value = faults.attempt(place, () => parseHex(words[column], place));
      table.add(metric, { cpu: String(cpu), subsystem }, value);
    }
  }
}

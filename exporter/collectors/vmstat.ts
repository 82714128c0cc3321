/** Virtual memory events, from /proc/vmstat. Untyped, because the file mixes counters and gauges. */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { checkGoRegexp, compileGoRegexp } from '../collector/go-regexp.ts';
import { memoize } from '../collector/memoize.ts';
import { type Family, single } from '../exposition/family.ts';
import { parseLines, parseUnsigned, quote, readHostFile } from '../procfs/host-file.ts';

export const vmstat: Collector = {
  name: 'vmstat',
  defaultEnabled: true,
  help: 'Paging, swapping and out-of-memory events, from /proc/vmstat.',
  flags: [
    {
      name: 'fields',
      help: 'Regexp of fields to return for vmstat collector.',
      default: '^(oom_kill|pgpg|pswp|pg.*fault).*',
      check: checkGoRegexp,
    },
  ],
  create({ paths, flags }) {
    const path = join(paths.procfs, 'vmstat');
    const pattern = compileGoRegexp(flags['fields'] ?? '');
    const metricOf = memoize((field) => (pattern.test(field) ? makeMetric(field) : undefined));
    return () => parseVmstat(readHostFile(path), metricOf);
  },
};

interface Metric {
  readonly name: string;
  readonly help: string;
}

/** Returns a family for each field that has a metric, in the order of the file. */
export function parseVmstat(text: string, metricOf: (field: string) => Metric | undefined): Family[] {
  const families: Family[] = [];
  const lines = parseLines(text);
  if (lines.length === 0) throw new Error('vmstat is empty');
  for (const line of lines) {
    const blank = line.indexOf(' ');
    if (blank < 1) throw new Error(`vmstat: expected "field value", got ${quote(line)}`);
    const field = line.slice(0, blank);
    const metric = metricOf(field);
    if (metric === undefined) continue;
    families.push(single(metric.name, metric.help, 'untyped', parseUnsigned(line.slice(blank + 1), metric.name)));
  }
  return families;
}

function makeMetric(field: string): Metric {
  if (!/^[A-Za-z0-9_]+$/.test(field)) throw new Error(`vmstat: expected the name of a field, got ${quote(field)}`);
  return { name: `node_vmstat_${field}`, help: `/proc/vmstat information field ${field}.` };
}

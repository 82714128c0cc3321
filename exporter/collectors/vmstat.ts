/**
 * Exposes paging, swapping and out-of-memory events, from /proc/vmstat. The metrics are untyped, because the file contains both
 * counters and gauges.
 */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { checkGoRegexp, compileGoRegexp } from '../collector/go-regexp.ts';
import { createLineTemplate } from '../collector/line-template.ts';
import { memoize } from '../collector/memoize.ts';
import { type Family, single } from '../exposition/family.ts';
import { parseLines, parseUnsigned, quote, readHostFile } from '../procfs/host-file.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

export const vmstat: Collector = {
  name: 'vmstat',
  defaultEnabled: true,
  help: 'Exposes paging, swapping and out-of-memory events, from /proc/vmstat.',
  docs: { source: '/proc/vmstat' },
  flags: [
    {
      name: 'fields',
      help: 'Regexp of fields to return for vmstat collector.',
      default: '^(oom_kill|pgpg|pswp|pg.*fault).*',
      check: checkGoRegexp,
    },
  ],
  create({ paths, flags, faults }) {
    const path = join(paths.procfs, 'vmstat');
    const pattern = compileGoRegexp(flags['fields'] ?? '');
    const metricOf = memoize((field) => (pattern.test(field) ? makeMetric(field) : undefined));
    const template = createLineTemplate();
    let metrics: readonly Metric[] = [];
    return () => {
      const text = readHostFile(path);
      const values = template.read(text);
      if (values !== undefined)
        return metrics.map(({ name, help }, index) => single(name, help, 'untyped', values[index] as number));
      const families = parseVmstat(text, metricOf, faults);
      template.learn(text, (field) => metricOf(field) !== undefined);
      metrics = families;
      return families;
    };
  },
};

interface Metric {
  readonly name: string;
  readonly help: string;
}

/** Returns a family for each field that has a metric, in the order of the file. */
export function parseVmstat(
  text: string,
  metricOf: (field: string) => Metric | undefined,
  faults: ValueFaults,
): Family[] {
  const families: Family[] = [];
  const lines = parseLines(text);
  if (lines.length === 0) throw new Error('vmstat is empty');
  for (const line of lines) {
    const blank = line.indexOf(' ');
    const field = blank < 1 ? line : line.slice(0, blank);
    try {
      const metric = metricOf(field);
      if (metric === undefined) continue;
      const value = parseUnsigned(blank < 1 ? undefined : line.slice(blank + 1), metric.name);
      families.push(single(metric.name, metric.help, 'untyped', value));
    } catch (error) {
      faults.report(`vmstat ${field}`, error);
    }
  }
  if (families.length === 0 && !lines.some((line) => /^\S+ \d+$/.test(line)))
    throw new Error(`vmstat: expected lines of "field value", got ${quote(text)}`);
  return families;
}

function makeMetric(field: string): Metric {
  if (!/^[A-Za-z0-9_]+$/.test(field)) throw new Error(`vmstat: expected the name of a field, got ${quote(field)}`);
  return { name: `node_vmstat_${field}`, help: `/proc/vmstat information field ${field}.` };
}

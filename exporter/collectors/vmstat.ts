/** Virtual memory events, from /proc/vmstat: untyped, for counters and gauges stand mixed in the file. */
import { join } from 'node:path';
import { type Family, single } from '../../common/family.ts';
import type { Collector } from '../collector.ts';
import { createFieldFilter } from '../field-filter.ts';
import { checkGoRegexp } from '../go-regexp.ts';
import { readHostFile } from '../host-file.ts';
import { parseLines, parseUnsigned, quote } from '../kernel-text.ts';

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
    const isShown = createFieldFilter(flags['fields'] ?? '');
    return () => parseVmstat(readHostFile(path), isShown).map(([field, value]) => familyOf(field, value));
  },
};

/** Fields that pass the filter, in the file's order. */
export function parseVmstat(text: string, isShown: (field: string) => boolean): [field: string, value: number][] {
  const fields: [string, number][] = [];
  const lines = parseLines(text);
  if (lines.length === 0) throw new Error('vmstat is empty');
  for (const line of lines) {
    const blank = line.indexOf(' ');
    if (blank < 1) throw new Error(`vmstat: expected "field value", got ${quote(line)}`);
    const field = line.slice(0, blank);
    if (isShown(field)) fields.push([field, parseUnsigned(line.slice(blank + 1), `vmstat ${field}`)]);
  }
  return fields;
}

function familyOf(field: string, value: number): Family {
  return single(`node_vmstat_${field}`, `/proc/vmstat information field ${field}.`, 'untyped', value);
}

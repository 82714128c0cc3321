/** Virtual memory events, from /proc/vmstat: untyped, for counters and gauges stand mixed in the file. */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { checkGoRegexp, compileGoRegexp } from '../collector/go-regexp.ts';
import { remembered } from '../collector/memoize.ts';
import { type Family, single } from '../exposition/family.ts';
import { readHostFile } from '../procfs/host-file.ts';
import { parseLines, parseUnsigned, quote } from '../procfs/parse.ts';

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
    const headOf = remembered((field) => (pattern.test(field) ? makeHead(field) : undefined));
    return () => parseVmstat(readHostFile(path), headOf);
  },
};

interface Head {
  readonly name: string;
  readonly help: string;
}

/** A family for each field that has a head, in the file's order. */
export function parseVmstat(text: string, headOf: (field: string) => Head | undefined): Family[] {
  const families: Family[] = [];
  const lines = parseLines(text);
  if (lines.length === 0) throw new Error('vmstat is empty');
  for (const line of lines) {
    const blank = line.indexOf(' ');
    if (blank < 1) throw new Error(`vmstat: expected "field value", got ${quote(line)}`);
    const field = line.slice(0, blank);
    const head = headOf(field);
    if (head === undefined) continue;
    families.push(single(head.name, head.help, 'untyped', parseUnsigned(line.slice(blank + 1), head.name)));
  }
  return families;
}

function makeHead(field: string): Head {
  if (!/^[A-Za-z0-9_]+$/.test(field)) throw new Error(`vmstat: expected the name of a field, got ${quote(field)}`);
  return { name: `node_vmstat_${field}`, help: `/proc/vmstat information field ${field}.` };
}

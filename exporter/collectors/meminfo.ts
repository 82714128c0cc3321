/** Memory, from /proc/meminfo: a gauge a line. Source: https://docs.kernel.org/filesystems/proc.html#meminfo */
import { join } from 'node:path';
import { type Family, single } from '../../common/family.ts';
import type { Collector } from '../collector.ts';
import { readHostFile } from '../host-file.ts';
import { parseLines, parseUnsigned, quote } from '../kernel-text.ts';

export const meminfo: Collector = {
  name: 'meminfo',
  defaultEnabled: true,
  help: 'Memory, from /proc/meminfo.',
  flags: [],
  create({ paths }) {
    const path = join(paths.procfs, 'meminfo');
    return () => parseMeminfo(readHostFile(path)).map(([field, value]) => familyOf(field, value));
  },
};

/** Field and value in the file's order: `['Active_anon_bytes', 4096]`; `kB` (1024 bytes) becomes `_bytes`, counts stay as they are. */
export function parseMeminfo(text: string): [field: string, value: number][] {
  const fields = parseLines(text).map(parseMeminfoLine);
  if (fields.length === 0) throw new Error('meminfo is empty');
  return fields;
}

function parseMeminfoLine(line: string): [string, number] {
  const colon = line.indexOf(':');
  if (colon < 1) throw new Error(`meminfo: expected "name: value", got ${quote(line)}`);
  const name = line.slice(0, colon);
  const field = fieldName(name);
  if (line.endsWith(' kB')) {
    return [`${field}_bytes`, parseUnsigned(line.slice(colon + 1, -3).trim(), `meminfo ${name}`) * 1024];
  }
  return [field, parseUnsigned(line.slice(colon + 1).trim(), `meminfo ${name}`)];
}

const plain = /^[A-Za-z0-9_]+$/;

/** `Active(anon)` as `Active_anon`; whatever else a metric's name cannot hold becomes `_`. */
function fieldName(name: string): string {
  if (plain.test(name)) return name;
  return name.replace(/\((.*)\)/, '_$1').replaceAll(/[^A-Za-z0-9_]/g, '_');
}

function familyOf(field: string, value: number): Family {
  return single(`node_memory_${field}`, `Memory information field ${field}.`, 'gauge', value);
}

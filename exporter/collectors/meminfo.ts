/** Exposes memory statistics, from /proc/meminfo. Each line of the file becomes a gauge. Source: https://docs.kernel.org/filesystems/proc.html#meminfo */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { createLineTemplate } from '../collector/line-template.ts';
import { memoize } from '../collector/memoize.ts';
import { single } from '../exposition/family.ts';
import { parseLines, parseUnsigned, quote, readHostFile } from '../procfs/host-file.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

export const meminfo: Collector = {
  name: 'meminfo',
  defaultEnabled: true,
  help: 'Exposes memory statistics, from /proc/meminfo.',
  docs: {
    source: '/proc/meminfo',
    differences: [
      {
        upstream: 'exposes the lines that node_exporter knows',
        here: 'exposes every line',
        reason: 'lines of newer kernels need no new release',
      },
    ],
  },
  flags: [],
  create({ paths, faults }) {
    const path = join(paths.procfs, 'meminfo');
    const metrics = {
      bytes: memoize((name) => makeMetric(`${fieldName(name)}_bytes`)),
      count: memoize((name) => makeMetric(fieldName(name))),
    };
    const template = createLineTemplate();
    let fields: readonly (Metric & { readonly unit: MeminfoField['unit'] })[] = [];
    return () => {
      const text = readHostFile(path);
      const values = template.read(text);
      if (values !== undefined)
        return fields.map(({ name, help, unit }, index) =>
          single(name, help, 'gauge', (values[index] as number) * bytesPer[unit]),
        );
      const parsed = parseMeminfo(text, faults);
      template.learn(text, () => true);
      fields = parsed.map(({ name, unit }) => ({ ...metrics[unit](name), unit }));
      return parsed.map(({ value }, index) => {
        const { name, help } = fields[index] as Metric;
        return single(name, help, 'gauge', value);
      });
    };
  },
};

/** Bytes in the unit of the file; a count has no unit. */
const bytesPer = { bytes: 1_024, count: 1 } as const;

interface Metric {
  readonly name: string;
  readonly help: string;
}

export interface MeminfoField {
  /** The kernel's name, such as `Active(anon)`. */
  readonly name: string;
  readonly unit: 'bytes' | 'count';
  readonly value: number;
}

/** Parses one field per line, in the order of the file. A `kB` is 1,024 bytes. */
export function parseMeminfo(text: string, faults: ValueFaults): MeminfoField[] {
  const fields: MeminfoField[] = [];
  for (const line of parseLines(text)) {
    try {
      fields.push(parseMeminfoLine(line));
    } catch (error) {
      faults.report(`meminfo ${line.split(':', 1)[0]}`, error);
    }
  }
  if (fields.length === 0) throw new Error(`meminfo: expected a line for each field, got ${quote(text)}`);
  return fields;
}

function parseMeminfoLine(line: string): MeminfoField {
  const colon = line.indexOf(':');
  if (colon < 1) throw new Error(`meminfo: expected "name: value", got ${quote(line)}`);
  const name = line.slice(0, colon);
  if (!line.endsWith(' kB')) return { name, unit: 'count', value: parseUnsigned(line.slice(colon + 1).trim(), name) };
  return { name, unit: 'bytes', value: parseUnsigned(line.slice(colon + 1, -3).trim(), name) * bytesPer.bytes };
}

const plain = /^[A-Za-z0-9_]+$/;

/** Converts `Active(anon)` to `Active_anon`, and every other character that is invalid in a metric name to `_`. */
function fieldName(name: string): string {
  if (plain.test(name)) return name;
  return name.replace(/\((.*)\)/, '_$1').replaceAll(/[^A-Za-z0-9_]/g, '_');
}

function makeMetric(field: string): Metric {
  return { name: `node_memory_${field}`, help: `Memory information field ${field}.` };
}

/** Memory and swap, under the names of /proc/meminfo that mean the same. */

import type { Collector } from '../collector/collector.ts';
import { type Family, single } from '../exposition/family.ts';
import { numberAt, positiveAt } from './systeminformation/field.ts';
import type { Platform, PortableHost } from './systeminformation/host.ts';

const where = 'systeminformation.mem';

export function createPortableMeminfo(host: PortableHost): Collector {
  return {
    name: 'meminfo',
    defaultEnabled: true,
    help: 'Memory and swap, as far as the system tells them apart.',
    flags: [],
    create: () => async () => {
      const fields = parseMemory(await host.ask('mem'), host.platform);
      return Object.entries(fields).map(([field, value]): Family => {
        const name = `${field}_bytes`;
        return single(`node_memory_${name}`, `Memory information field ${name}.`, 'gauge', value);
      });
    },
  };
}

/** Bytes by /proc/meminfo's name for them. */
export type MemoryFields = Readonly<Record<string, number>>;

/** Throws for an answer that no running host gives: a failed read fills it with zeros, or with what Node knows. */
export function parseMemory(answer: unknown, platform: Platform): MemoryFields {
  const total = positiveAt(answer, 'total', where);
  const fields = { MemTotal: total, ...usageFields(answer, platform), ...swapFields(answer) };
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith('Swap') || value <= total) continue;
    throw new Error(`${where}: ${name}: expected at most the total of ${total}, got ${value}`);
  }
  return fields;
}

function usageFields(answer: unknown, platform: Platform): MemoryFields {
  const MemAvailable = positiveAt(answer, 'available', where);
  // What Windows calls available is free memory and cache that can go; the two are not told apart.
  if (platform === 'win32') return { MemAvailable };
  const MemFree = positiveAt(answer, 'free', where);
  // Files in memory and what programs gave up; 0 when vm_stat could not be read, and `available` is then no more than `free`.
  if (platform === 'darwin') return { MemFree, MemAvailable, Cached: positiveAt(answer, 'buffcache', where) };
  return {
    MemFree,
    MemAvailable,
    Buffers: numberAt(answer, 'buffers', where),
    Cached: positiveAt(answer, 'cached', where),
  };
}

/** A host without swap and a failed read look the same, so neither has series. */
function swapFields(answer: unknown): MemoryFields {
  const total = numberAt(answer, 'swaptotal', where);
  if (total === 0) return {};
  const free = numberAt(answer, 'swapfree', where);
  if (free > total) throw new Error(`${where}: swapfree: expected at most the total of ${total}, got ${free}`);
  return { SwapTotal: Math.round(total), SwapFree: Math.round(free) };
}

/** Exposes memory and swap statistics. The data comes from systeminformation; the metrics have the names of the equivalent fields in /proc/meminfo. */
import type { Collector } from '../collector/collector.ts';
import { type Family, single } from '../exposition/family.ts';
import { numberAt, positiveAt } from './systeminformation/field.ts';
import type { Platform, PortableHost } from './systeminformation/host.ts';

const where = 'systeminformation.mem';

export function createPortableMeminfo(host: PortableHost): Collector {
  return {
    name: 'meminfo',
    defaultEnabled: true,
    help: 'Exposes memory and swap statistics, as far as the system distinguishes them.',
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

/** Bytes by field name of /proc/meminfo. */
export type MemoryFields = Readonly<Record<string, number>>;

/** Returns the fields. Throws an Error for values that no running host has: systeminformation fills failed reads with zeros, or with values from Node. */
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
  // Windows reports free memory and reclaimable cache as one number.
  if (platform === 'win32') return { MemAvailable };
  const MemFree = positiveAt(answer, 'free', where);
  // `buffcache` is file-backed, purgeable memory. It is 0 when vm_stat could not be read, and `available` then equals `free`.
  if (platform === 'darwin') return { MemFree, MemAvailable, Cached: positiveAt(answer, 'buffcache', where) };
  return {
    MemFree,
    MemAvailable,
    Buffers: numberAt(answer, 'buffers', where),
    Cached: positiveAt(answer, 'cached', where),
  };
}

/** Returns no fields for a total of 0: a host without swap and a failed read cannot be distinguished. */
function swapFields(answer: unknown): MemoryFields {
  const total = numberAt(answer, 'swaptotal', where);
  if (total === 0) return {};
  const free = numberAt(answer, 'swapfree', where);
  if (free > total) throw new Error(`${where}: swapfree: expected at most the total of ${total}, got ${free}`);
  return { SwapTotal: Math.round(total), SwapFree: Math.round(free) };
}

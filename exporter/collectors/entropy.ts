/**
 * Exposes the available entropy and the pool size of the kernel's random number generator in bits, from /proc/sys/kernel/random.
 * Since Linux 5.18, both values are 256 once the generator is initialized.
 */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { type Family, single } from '../exposition/family.ts';
import { createAttributeReader } from '../procfs/sysfs.ts';

export const entropy: Collector = {
  name: 'entropy',
  defaultEnabled: true,
  help: "Exposes the available entropy and the pool size of the kernel's random number generator in bits, from /proc/sys/kernel/random.",
  docs: { source: '/proc/sys/kernel/random' },
  flags: [],
  create({ paths, faults }) {
    const folder = join(paths.procfs, 'sys', 'kernel', 'random');
    const attributes = createAttributeReader(faults);
    return () => {
      const families: Family[] = [];
      for (const [file, name, help] of metrics) {
        const value = attributes.unsigned(join(folder, file));
        if (value !== undefined) families.push(single(name, help, 'gauge', value));
      }
      if (families.length === 0) throw new Error(`${folder}: no such file with a number`);
      return families;
    };
  },
};

const metrics = [
  ['entropy_avail', 'node_entropy_available_bits', 'Bits of available entropy.'],
  ['poolsize', 'node_entropy_pool_size_bits', 'Bits of entropy pool.'],
] as const;

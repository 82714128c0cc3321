/** Entropy of the kernel's random number generator, from /proc/sys/kernel/random. The value is always 256 since Linux 5.18. */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { single } from '../exposition/family.ts';
import { readHostNumber } from '../procfs/host-file.ts';

export const entropy: Collector = {
  name: 'entropy',
  defaultEnabled: true,
  help: "Bits of entropy of the kernel's random number generator, from /proc/sys/kernel/random.",
  flags: [],
  create({ paths }) {
    const folder = join(paths.procfs, 'sys', 'kernel', 'random');
    const read = (file: string) => readHostNumber(join(folder, file));
    return () => [
      single('node_entropy_available_bits', 'Bits of available entropy.', 'gauge', read('entropy_avail')),
      single('node_entropy_pool_size_bits', 'Bits of entropy pool.', 'gauge', read('poolsize')),
    ];
  },
};

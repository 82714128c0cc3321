/** Exposes load averages over 1, 5 and 15 minutes, from `os.loadavg()`. Windows has no load averages. */
import type { Collector } from '../collector/collector.ts';
import { single } from '../exposition/family.ts';
import type { PortableHost } from './systeminformation/host.ts';

export function createPortableLoadavg(host: PortableHost): Collector {
  return {
    name: 'loadavg',
    defaultEnabled: true,
    help: 'Exposes load averages over 1, 5 and 15 minutes.',
    flags: [],
    create: () => () => {
      const [load1, load5, load15] = host.loadavg();
      if (load1 === undefined || load5 === undefined || load15 === undefined) {
        throw new Error('os.loadavg: expected three numbers');
      }
      return [
        single('node_load1', '1m load average.', 'gauge', load1),
        single('node_load15', '15m load average.', 'gauge', load15),
        single('node_load5', '5m load average.', 'gauge', load5),
      ];
    },
  };
}

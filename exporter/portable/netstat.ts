/** Exposes the number of TCP connections. The data comes from systeminformation; the metric has the name that the Linux collector uses. */
import type { Collector } from '../collector/collector.ts';
import { single } from '../exposition/family.ts';
import { parseConnections } from './systeminformation/connections.ts';
import type { PortableHost } from './systeminformation/host.ts';

export function createPortableNetstat(host: PortableHost): Collector {
  return {
    name: 'netstat',
    defaultEnabled: true,
    help: 'Exposes the number of TCP connections that are established or closing.',
    flags: [],
    create: () => async () => {
      const { established } = parseConnections(await host.ask('networkConnections'));
      return [single('node_netstat_Tcp_CurrEstab', 'Statistic TcpCurrEstab.', 'untyped', established)];
    },
  };
}

/** TCP connections, under the name of Linux' counter table. */
import { single } from '../../common/family.ts';
import type { Collector } from '../collector.ts';
import { parseConnections } from './connections.ts';
import type { PortableHost } from './host.ts';

export function createPortableNetstat(host: PortableHost): Collector {
  return {
    name: 'netstat',
    defaultEnabled: true,
    help: 'TCP connections that are established or closing.',
    flags: [],
    create: () => async () => {
      const { established } = parseConnections(await host.ask('networkConnections'));
      return [single('node_netstat_Tcp_CurrEstab', 'Statistic TcpCurrEstab.', 'untyped', established)];
    },
  };
}

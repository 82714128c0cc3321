/** Exposes the number of sockets in use and in TIME_WAIT, by protocol. The data comes from systeminformation; the metrics have the names that the Linux collector uses. */
import type { Collector } from '../collector/collector.ts';
import { type Family, single } from '../exposition/family.ts';
import { parseConnections, type SocketCounts } from './systeminformation/connections.ts';
import type { Platform, PortableHost } from './systeminformation/host.ts';

export function createPortableSockstat(host: PortableHost): Collector {
  return {
    name: 'sockstat',
    defaultEnabled: true,
    help: 'Exposes the number of sockets in use and in TIME_WAIT; the cost grows with the number of sockets.',
    flags: [],
    create: () => async () => familiesOf(parseConnections(await host.ask('networkConnections')), host.platform),
  };
}

function familiesOf({ tcp4, tcp6, udp4, udp6, timeWait }: SocketCounts, platform: Platform): Family[] {
  const gauge = (protocol: string, state: string, value: number): Family =>
    single(`node_sockstat_${protocol}_${state}`, `Number of ${protocol} sockets in state ${state}.`, 'gauge', value);
  const tcp = [gauge('TCP', 'inuse', tcp4), gauge('TCP', 'tw', timeWait), gauge('TCP6', 'inuse', tcp6)];
  // On Linux systeminformation lists connected UDP sockets only.
  return platform === 'linux' ? tcp : [...tcp, gauge('UDP', 'inuse', udp4), gauge('UDP6', 'inuse', udp6)];
}

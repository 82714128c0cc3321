/** Exposes the routes of the host and their number by network device, from netlink(7). Source: ip-route(8) */
import type { Collector } from '../collector/collector.ts';
import { type Family, gauge, type Labels, type Sample } from '../exposition/family.ts';
import { readLinkNames } from '../netlink/links.ts';
import { type AskNetlink, loadNetlink, netlinkProtocol } from '../netlink/netlink-socket.ts';
import { type NextHop, parseRoutes, type Route, routeBytes } from './network_route/routes.ts';

const getRouteType = 26;

export const networkRoute: Collector = createNetworkRoute(() => loadNetlink('network_route'));

/** Returns the collector, which calls `load` at its first read. An error of `load` fails only this collector. */
export function createNetworkRoute(load: () => AskNetlink): Collector {
  return {
    name: 'network_route',
    defaultEnabled: false,
    help: 'Exposes the routes of the host and their number by network device, from netlink; needs Node.js 26.',
    docs: {
      source: 'netlink(7): RTM_GETROUTE',
      cost: 'a series per unicast route and next hop',
      differences: [
        {
          upstream: 'fails the whole scrape when two tables have the same route',
          here: 'exposes one series and counts both in `node_network_routes`',
          reason: 'labels of a series are unique',
        },
        {
          upstream: 'exposes no gateway for an IPv4 route through an IPv6 gateway',
          here: 'exposes the IPv6 gateway',
          reason: 'networks with BGP unnumbered have such routes',
        },
        {
          upstream: 'exposes any number of routes',
          here: 'fails when the tables have more than 16 MiB, about 140,000 routes',
          reason: 'a router with all routes of the internet would add a million series',
        },
      ],
    },
    flags: [],
    create({ faults }) {
      let ask: AskNetlink | undefined;
      return () => {
        ask ??= load();
        const names = readLinkNames(ask);
        const body = Buffer.alloc(routeBytes);
        const request = { protocol: netlinkProtocol.route, type: getRouteType, body, isDump: true };
        return routeFamilies(parseRoutes(ask(request), faults), names);
      };
    },
  };
}

function routeFamilies(routes: readonly Route[], names: ReadonlyMap<number, string>): Family[] {
  const infos = new Map<string, Sample>();
  const counts = new Map<string, number>();
  for (const route of routes) {
    for (const hop of route.hops) {
      const device = names.get(hop.linkIndex) ?? '';
      const labels = labelsOf(route, hop, device);
      infos.set(Object.values(labels).join('\n'), { labels, value: 1 });
      counts.set(device, (counts.get(device) ?? 0) + 1);
    }
  }
  const totals = [...counts].map(([device, value]): Sample => ({ labels: { device }, value }));
  return [
    gauge('node_network_route_info', 'network routing table information', [...infos.values()]),
    gauge('node_network_routes', 'network routes by interface', totals),
  ];
}

function labelsOf(
  { source, destination, priority, protocol }: Route,
  { gateway, weight }: NextHop,
  device: string,
): Labels {
  return {
    dest: destination,
    device,
    gw: gateway,
    priority: String(priority),
    proto: protocol,
    src: source,
    weight: weight === undefined ? '' : String(weight),
  };
}

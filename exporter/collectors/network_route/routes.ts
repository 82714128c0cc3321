/** Parses the routes of the kernel. Source: rtnetlink(7); include/uapi/linux/rtnetlink.h of the kernel */
import { listAttributes, type NetlinkMessage, parseAttributes } from '../../netlink/netlink-message.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';
import { readI32, readU8, readU16, readU32 } from '../../syscall/host-order.ts';
import { formatAddress } from './ip-address.ts';

export interface Route {
  /** `default`, or address and length of the prefix, such as `10.0.0.0/8`. */
  readonly destination: string;
  /** The preferred source address, or an empty text. */
  readonly source: string;
  /** 0 is the highest priority. */
  readonly priority: number;
  /** The program that made the route, such as `kernel`, `static` or `bgp`; `unknown` for a number without a name. */
  readonly protocol: string;
  /** One or more. */
  readonly hops: readonly NextHop[];
}

export interface NextHop {
  readonly linkIndex: number;
  /** The address of the gateway, or an empty text. */
  readonly gateway: string;
  /** The share of the hop; undefined for the only hop of a route. */
  readonly weight: number | undefined;
}

const newRouteType = 24;
/** Size of struct rtmsg. */
export const routeBytes = 12;
/** Size of struct rtnexthop. */
const hopBytes = 8;
const unicast = 1;
const families: readonly number[] = [2, 10];
const attribute = { destination: 1, outputLink: 4, gateway: 5, priority: 6, source: 7, multipath: 9, via: 18 } as const;
const empty = Buffer.alloc(0);

/** By number. Source: RTPROT_* in rtnetlink.h */
const protocols: Readonly<Record<number, string>> = {
  0: 'unspec',
  1: 'redirect',
  2: 'kernel',
  3: 'boot',
  4: 'static',
  8: 'gated',
  9: 'ra',
  10: 'mrt',
  11: 'zebra',
  12: 'bird',
  13: 'dnrouted',
  14: 'xorp',
  15: 'ntk',
  16: 'dhcp',
  17: 'mrouted',
  42: 'babel',
  186: 'bgp',
  187: 'isis',
  188: 'ospf',
  189: 'rip',
  192: 'eigrp',
};

/**
 * Returns the unicast routes of IPv4 and IPv6 of all tables. A message that is shorter than its structures, or has an address of
 * another length, is reported and omitted.
 */
export function parseRoutes(messages: readonly NetlinkMessage[], faults: ValueFaults): Route[] {
  return messages
    .filter(({ type }) => type === newRouteType)
    .map(({ body }) => faults.attempt('route', () => parseRoute(body)))
    .filter((route) => route !== undefined);
}

function parseRoute(body: Buffer): Route | undefined {
  if (!families.includes(readU8(body)) || readU8(body, 7) !== unicast) return undefined;
  const attributes = parseAttributes(body, routeBytes);
  const prefixLength = readU8(body, 1);
  const priority = attributes.get(attribute.priority);
  const multipath = attributes.get(attribute.multipath);
  const link = attributes.get(attribute.outputLink);
  return {
    destination:
      prefixLength === 0
        ? 'default'
        : `${formatAddress(attributes.get(attribute.destination) ?? empty)}/${prefixLength}`,
    source: formatAddress(attributes.get(attribute.source) ?? empty),
    priority: priority === undefined ? 0 : readU32(priority),
    protocol: protocols[readU8(body, 5)] ?? 'unknown',
    hops:
      multipath === undefined
        ? [
            {
              linkIndex: link === undefined ? 0 : readI32(link),
              gateway: gatewayOf(attributes),
              weight: undefined,
            },
          ]
        : parseHops(multipath),
  };
}

function parseHops(multipath: Buffer): NextHop[] {
  const hops: NextHop[] = [];
  for (let offset = 0; offset < multipath.length; ) {
    const length = readU16(multipath, offset);
    if (length < hopBytes || offset + length > multipath.length)
      throw new Error(`route: expected a next hop of ${hopBytes} to ${multipath.length - offset} bytes, got ${length}`);
    hops.push({
      linkIndex: readI32(multipath, offset + 4),
      gateway: gatewayOf(new Map(listAttributes(multipath.subarray(offset + hopBytes, offset + length)))),
      weight: readU8(multipath, offset + 3) + 1,
    });
    offset += (length + 3) & ~3;
  }
  return hops;
}

/** Returns the gateway, which is in the attribute `via`, after the number of its family, when its family is not the family of the route. */
function gatewayOf(attributes: ReadonlyMap<number, Buffer>): string {
  const via = attributes.get(attribute.via);
  return formatAddress(attributes.get(attribute.gateway) ?? via?.subarray(2) ?? empty);
}

/** Reads the names of network devices by their index. Source: rtnetlink(7) */
import { readI32 } from '../syscall/host-order.ts';
import { type NetlinkMessage, parseAttributes, textOf } from './netlink-message.ts';
import { type AskNetlink, netlinkProtocol } from './netlink-socket.ts';

const newLinkType = 16;
const getLinkType = 18;
/** Size of struct ifinfomsg. */
const linkBytes = 16;
const nameAttribute = 3;

/** Throws as `ask` does. */
export function readLinkNames(ask: AskNetlink): ReadonlyMap<number, string> {
  const body = Buffer.alloc(linkBytes);
  return parseLinkNames(ask({ protocol: netlinkProtocol.route, type: getLinkType, body, isDump: true }));
}

export function parseLinkNames(messages: readonly NetlinkMessage[]): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const { type, body } of messages) {
    if (type !== newLinkType) continue;
    const name = parseAttributes(body, linkBytes).get(nameAttribute);
    if (name !== undefined) names.set(readI32(body, 4), textOf(name));
  }
  return names;
}
